"""The nearest peer beside ours: HealthChain's CDS Hooks gateway with a handler that does nothing.

It is installed from the package index into an environment of its own, outside this tree, the first time it is asked
for. Where it cannot be installed or started, that is said and it is left out.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.bench import servers
from tests.bench.bodies import Call
from tests.bench.measure import Subject
from tests.serving import free_port

PACKAGE: Final = "healthchain"
HOME: Final = Path(tempfile.gettempdir()) / "cds-bench-peers"
_INSTALL_SECONDS: Final = 500
_SERVICE: Final = """
import sys, uvicorn
from healthchain.gateway import HealthChainAPI, CDSHooksService
from healthchain.models import CDSRequest, CDSResponse
service = CDSHooksService()
@service.hook("order-sign", id="nothing")
def nothing(request: CDSRequest) -> CDSResponse:
    return CDSResponse(cards=[])
app = HealthChainAPI()
app.register_service(service, path="/cds")
uvicorn.run(app, port=int(sys.argv[1]), http="httptools", access_log=False, log_level="warning")
"""


def peer(kept: Callable[[servers.Server], servers.Server], call: Call) -> list[Subject]:
    """The peer as a subject, or none with the reason on standard error."""
    python = HOME / "bin" / "python"
    try:
        if not python.exists():
            venv.create(HOME, with_pip=True)
            subprocess.run(
                [python, "-m", "pip", "install", "--quiet", PACKAGE, "httptools", "uvloop"],
                check=True, timeout=_INSTALL_SECONDS, capture_output=True,
            )  # fmt: skip
        script = HOME / "service.py"
        script.write_text(_SERVICE, encoding="utf-8")
        port = free_port()
        server = kept(
            servers.start(
                PACKAGE, [str(python), str(script), str(port)], port, {"PYTHONPATH": ""}, "/cds/cds-discovery"
            )
        )
    except (OSError, subprocess.SubprocessError, RuntimeError) as error:
        print(f"{PACKAGE} is left out: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr)
        return []
    return [Subject(f"{PACKAGE}, a handler that does nothing", server, call, "/cds/cds-services/nothing")]
