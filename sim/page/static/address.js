// The part of the address behind # that the server needs: plans, people, changes.

const packed = (value) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const unpacked = (text) => JSON.parse(new TextDecoder().decode(
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0))));

const partsOf = (hash) => new URLSearchParams(hash.replace(/^#/, ""));

/** The stage that an address names. */
export const stageIn = (hash) => partsOf(hash).get("stage");

/** What the address asks the server for. */
export function requestFrom(hash) {
  const parts = partsOf(hash), request = {};
  const plans = parts.get("plans");
  if (plans) request.plans = plans.split(",");
  if (parts.get("organisation")) request.organisation = parts.get("organisation");
  if (parts.get("pseudonyms") === "true") request.pseudonyms = true;
  if (parts.get("outcome")) request.outcome = parts.get("outcome");
  try {
    if (parts.get("edits")) request.edits = unpacked(parts.get("edits"));
    if (parts.get("parameters")) request.parameters = unpacked(parts.get("parameters"));
  } catch {
    // An address that was cut off: what can be read of it counts.
  }
  return request;
}

/** What is wanted, as the address says it. */
export function addressOf({ plans, organisation, uploaded, pseudonyms, edits, parameters }, stage) {
  const parts = new URLSearchParams();
  parts.set("plans", plans.join(","));
  if (!uploaded) parts.set("organisation", organisation);
  parts.set("stage", stage);
  if (pseudonyms) parts.set("pseudonyms", "true");
  if (Object.keys(edits).length) parts.set("edits", packed(edits));
  if (Object.keys(parameters).length) parts.set("parameters", packed(parameters));
  return parts.toString().replaceAll("%2C", ",");
}
