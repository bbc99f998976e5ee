# The base image is an argument: a hospital builds from the image, and the mirror, that it has approved.
# It has to bring Python 3.11 or later as `python`, and pip.
ARG BASE_IMAGE=python:3.13-slim-bookworm

# --- Build: makes /opt/cds, a complete environment without pip ------------------------------------------------
FROM ${BASE_IMAGE} AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

# The locks come first, so that a change of our code does not fetch the packages again. Every file is compared
# with its hash; wheels only, so that nothing is compiled and no package's build script runs.
COPY requirements.lock requirements-dev.lock ./
RUN python -m venv --without-pip /opt/cds \
 && python -m pip --python /opt/cds/bin/python install \
    --require-hashes --no-deps --only-binary :all: -r requirements.lock
# The build backend is pinned in the development lock; this second environment stays behind in this stage.
RUN python -m venv /opt/build \
 && /opt/build/bin/python -m pip install --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock

COPY pyproject.toml LICENSE README.md ./
COPY cds cds
COPY knowledge knowledge
# The worked cases travel with the wheel, for `cds selftest`.
COPY tests/knowledge tests/knowledge
RUN /opt/build/bin/python -m pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
 && python -m pip --python /opt/cds/bin/python install --no-deps --no-index /wheels/*.whl

# --- Run ------------------------------------------------------------------------------------------------------
FROM ${BASE_IMAGE}
COPY --from=build /opt/cds /opt/cds
ENV PATH=/opt/cds/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

# A number, not a name, so that an orchestrator can see that it is not root. The service writes no file.
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000

# http.client and not urllib: it takes no notice of proxy variables.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["python", "-c", "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', 8000, timeout=2); c.request('GET', '/livez'); sys.exit(c.getresponse().status != 200)"]

# Inside a container the service has to listen on every address, and it refuses to do so as long as callers are
# not authenticated: patient data would go to whoever asks. So this command starts once the deployment has
# configured authentication. For a demonstration without patient data, add "--allow-public-demo" to the command,
# as docker-compose.yml does; it is left out here so that nobody runs an open service by accident.
CMD ["cds", "serve", "--host", "0.0.0.0", "--port", "8000"]
