// Behaves as a CDS Hooks 2.0 client. The address of the service is in ?service=, the record in record.json.
const service = new URLSearchParams(location.search).get("service");
const $ = (id) => document.getElementById(id);
const log = (text) => { const line = document.createElement("li"); line.textContent = text; $("log").append(line); };
const record = await (await fetch("record.json")).json();
let drafts = record.drafts;
$("service").textContent = service;

const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const encoded = (value) => base64url(new TextEncoder().encode(JSON.stringify(value)));
const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, false, ["sign"]);

// CDS Hooks, "Trusting CDS Clients": a new token for every call.
const token = async (audience) => {
  const now = Math.floor(Date.now() / 1000);
  const head = encoded({ alg: "ES384", typ: "JWT", kid: "client-1", jku: `${location.origin}/jwks.json` });
  const body = encoded({ iss: location.origin, aud: audience, exp: now + 300, iat: now, jti: crypto.randomUUID() });
  const signed = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-384" }, keys.privateKey, new TextEncoder().encode(`${head}.${body}`),
  );
  return `${head}.${body}.${base64url(signed)}`;
};

const post = async (url, body) => fetch(url, {
  method: "POST",
  mode: "cors",
  headers: { "content-type": "application/json", authorization: `Bearer ${await token(url)}` },
  body: JSON.stringify(body),
});

// What a template asks for, from the record: a read, or a search by type.
const filled = (template) => {
  const wanted = template.replace("{{context.patientId}}", record.patient.id);
  if (wanted.includes("{{")) return undefined;
  if (!wanted.includes("?")) return record.patient;
  const [type, query] = wanted.split("?");
  const codes = (new URLSearchParams(query).get("code") || "").split(",").map((code) => code.split("|").pop());
  const found = record.resources.filter((one) => one.resourceType === type
    && (!query.includes("code=") || one.code.coding.some((coding) => codes.includes(coding.code))));
  return { resourceType: "Bundle", type: "searchset", total: found.length, entry: found.map((resource) => ({ resource })) };
};

const discovered = await (await fetch(`${service}/cds-services`)).json();
const offered = (hook) => discovered.services.find((one) => one.hook === hook);
const endpointOf = (hook) => `${service}/cds-services/${offered(hook).id}`;
let endpoint = endpointOf("order-sign"); // of the cards that are shown
log(`Discovered ${discovered.services.length} services`);

const show = () => {
  $("order").textContent = drafts.length ? `Draft: ${drafts.map((one) => one.dosageInstruction[0].doseAndRate[0].doseQuantity.value
    + " mg " + one.medicationCodeableConcept.text).join(", ")}` : "No draft.";
};
show();

const feedback = async (card, outcome) => {
  const response = await post(`${endpoint}/feedback`, { feedback: [{ card: card.uuid, outcomeTimestamp: new Date().toISOString(), ...outcome }] });
  log(`Feedback ${outcome.outcome}: ${response.status}`);
};

const accept = async (card, suggestion) => {
  for (const action of suggestion.actions) {
    if (action.type === "delete") drafts = drafts.filter((one) => `MedicationRequest/${one.id}` !== action.resourceId);
    if (action.type === "update") drafts = drafts.map((one) => (one.id === action.resource.id ? action.resource : one));
    if (action.type === "create") log(`Created ${action.resource.resourceType}`);
  }
  show();
  await feedback(card, { outcome: "accepted", acceptedSuggestions: [{ id: suggestion.uuid }] });
  await sign();
};

const override = async (card, reason) => feedback(card, {
  outcome: "overridden",
  overrideReason: { reason: { code: reason.code, system: reason.system, display: reason.display }, userComment: "" },
});

const button = (text, act) => {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
};

const drawn = (card) => {
  const made = document.createElement("article");
  made.className = `card ${card.indicator}`;
  const heading = document.createElement("h2");
  heading.textContent = card.summary;
  const detail = document.createElement("p");
  detail.textContent = card.detail || "";
  const source = document.createElement("p");
  source.textContent = `Source: ${card.source.label}`;
  made.append(heading, detail, source);
  for (const suggestion of card.suggestions || []) made.append(button(suggestion.label, () => accept(card, suggestion)));
  for (const reason of card.overrideReasons || []) made.append(button(`Override: ${reason.display}`, () => override(card, reason)));
  for (const link of card.links || []) {
    const anchor = document.createElement("a");
    anchor.href = link.url;
    anchor.textContent = link.label;
    made.append(anchor);
  }
  return made;
};

const call = async (hook, context) => {
  const prefetch = {};
  for (const [key, template] of Object.entries(offered(hook).prefetch || {})) {
    const value = filled(template);
    if (value !== undefined) prefetch[key] = value;
  }
  endpoint = endpointOf(hook);
  const response = await post(endpoint, {
    hook,
    hookInstance: crypto.randomUUID(),
    context: { userId: "Practitioner/one", patientId: record.patient.id, ...context },
    prefetch,
  });
  const answer = await response.json();
  $("cards").replaceChildren(...answer.cards.map(drawn));
  return `${response.status}, ${answer.cards.length} cards`;
};

const sign = async () => log(`Signed: ${await call("order-sign", {
  draftOrders: { resourceType: "Bundle", type: "collection", entry: drafts.map((resource) => ({ resource })) },
})}`);
const view = async () => log(`Opened: ${await call("patient-view", {})}`);
$("sign").addEventListener("click", sign);
$("view").addEventListener("click", view);
document.body.dataset.ready = "yes";
