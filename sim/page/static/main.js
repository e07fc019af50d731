// The live page: connect, show, and live plans again as they are changed.

import { announce, button, h, put } from "uptake/dom";
import { connect, latest } from "uptake/live";
import { mountPage } from "uptake/page";
import { createSandbox, entriesOf } from "uptake/sandbox";
import { createSwitch, presetStrip, STAGES, walkStrip } from "uptake/stages";
import { createUpload } from "uptake/upload";

const root = document.getElementById("uptake");
const packed = (value) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const unpacked = (text) => JSON.parse(new TextDecoder().decode(
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0))));

/** What the address asks the server for. */
export function requestFrom(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, "")), request = {};
  if (parts.get("plans")) request.plans = parts.get("plans").split(",");
  if (parts.get("organisation")) request.organisation = parts.get("organisation");
  if (parts.get("pseudonyms") === "true") request.pseudonyms = true;
  try {
    if (parts.get("edits")) request.edits = unpacked(parts.get("edits"));
    if (parts.get("parameters")) request.parameters = unpacked(parts.get("parameters"));
  } catch {
    // An address that was cut off: what can be read of it counts.
  }
  return request;
}

const live = { timings: [], page: null };
/** Milliseconds after an answer without a move, after which a bar that is still held is lived in all worlds. */
const REST = 250;
window.uptake = live;

const server = connect((state) => {
  document.querySelector(".banner")?.remove();
  if (state === "gone" && live.page) {
    root.prepend(h("div", { class: "banner", role: "alert" }, "The server has stopped. What is here still plays; changes wait until it is back."));
  }
  if (state === "back") restore();
});
let hello = null, shown = null, stage = "presets", edits = {}, parameters = {}, pseudonyms = false;

async function start() {
  const request = requestFrom(location.hash);
  hello = await server.request("hello");
  const wanted = new URLSearchParams(location.hash.replace(/^#/, "")).get("stage");
  stage = wanted in STAGES ? wanted : hello.stage;
  let first;
  try {
    first = await server.request("open", request);
    edits = request.edits ?? {};
    parameters = request.parameters ?? {};
  } catch (error) {
    first = await server.request("open", {});
    setTimeout(() => live.page.say(`The address could not be followed: ${error.message}`), 0);
  }
  show(first);
}

async function restore() {
  if (!shown) return;
  if (shown.uploaded) {
    live.page.say("The server was restarted; an upload was kept in memory only, so upload it again.");
    return;
  }
  try {
    show(await server.request("open", { plans: shown.plans, organisation: shown.organisation, edits, parameters, pseudonyms }));
  } catch (error) {
    live.page.say(error.message);
  }
}

/** The part of the address that the server needs. */
function addressPart() {
  const parts = new URLSearchParams();
  parts.set("plans", shown.plans.join(","));
  if (!shown.uploaded) parts.set("organisation", shown.organisation);
  parts.set("stage", stage);
  if (pseudonyms) parts.set("pseudonyms", "true");
  if (Object.keys(edits).length) parts.set("edits", packed(edits));
  if (Object.keys(parameters).length) parts.set("parameters", packed(parameters));
  return parts.toString().replaceAll("%2C", ",");
}

async function open(request) {
  announce(root, "Living the plans through…");
  root.classList.add("busy");
  try {
    if (request.plans) edits = {};
    show(await server.request("open", { parameters, pseudonyms, ...request }));
  } catch (error) {
    live.page.say(error.message);
  } finally {
    root.classList.remove("busy");
  }
}

function show(payload) {
  shown = payload.shown;
  ({ pseudonyms } = payload.organisation);
  live.page?.destroy();
  const strip = h("div", { class: "strip-place" }), side = h("div", { class: "side-place" });
  const upload = createUpload(hello.limits, async (files) => show(await server.request("upload", files, true)));
  const act = {
    enabled: stage !== "walk",
    edit(plan, bar, to, done) {
      const entries = entriesNow(plan).slice(), [[kind, levers]] = Object.entries(entries[bar]);
      entries[bar] = { [kind]: { ...levers, ...to } };
      change(plan, entries, done);
    },
    wanted(plan, bar) {
      const [levers] = Object.values(desired.get(plan)?.[bar] ?? { none: {} });
      return Object.fromEntries(["start", "lasts"].filter((key) => Number.isInteger(levers[key])).map((key) => [key, levers[key]]));
    },
    select(plan, bar) {
      live.page.store.set({ selected: { plan, bar } });
      if (stage !== "sandbox") live.page.say(`${live.page.model.plans[plan].bars[bar].kind}: its levers are in the sandbox.`);
    },
    remove: (plan, bar) => stage === "sandbox" && change(plan, entriesNow(plan).filter((_, i) => i !== bar), true),
  };
  const backend = {
    why: (question) => server.request("why", question),
    first: (question) => server.request("why", { ...question, first: true }),
    yaml: async (plan) => (await server.request("yaml", { plan })).yaml,
    report: hello.report ? async () => (await server.request("report")).html : null,
  };
  const hide = button(pseudonyms ? "Show ids" : "Pseudonyms", () => open({ pseudonyms: !pseudonyms }), { class: "quiet", "aria-pressed": String(pseudonyms) });
  const place = h("span", {});
  live.page = mountPage(root, payload, { backend, edit: act, header: [place, hide], strip, side, addressAlso: addressPart });
  root.append(upload.element);
  const desired = new Map(); // what was asked for, until the answer to it is here
  const entriesNow = (plan) => desired.get(plan) ?? entriesOf(live.page.model.plans[plan]);
  let rest = 0;
  const change = (plan, entries, done) => {
    desired.set(plan, entries);
    clearTimeout(rest);
    return send(plan, entries, { held: !done, quick: !done });
  };
  const send = latest(async (plan, entries, { held, quick }) => {
    const began = performance.now();
    try {
      const { part, worlds, ...head } = await server.request("edit", { plan, timeline: entries, dragging: quick });
      live.page.update(plan, part, head, { held, worlds });
      live.timings.push({ ms: performance.now() - began, worlds });
      if (worlds < live.page.model.payload.worlds) {
        if (desired.get(plan) === entries) rest = setTimeout(() => send(plan, entries, { held: true, quick: false }), REST);
        return;
      }
      edits = { ...edits, [plan]: entries };
      if (desired.get(plan) === entries) desired.delete(plan);
    } catch (error) {
      desired.delete(plan);
      live.page.say(error.message);
      live.page.deck.render();
    }
  });
  live.change = change;
  const sandboxActs = {
    change,
    entries: entriesNow,
    reset: (plan) => {
      edits = Object.fromEntries(Object.entries(edits).filter(([key]) => Number(key) !== plan));
      open({ plans: shown.plans });
    },
    parameters: () => parameters,
    assume: (name, value) => {
      parameters = { ...parameters, [name]: value };
      open({ parameters, edits });
    },
  };
  function arrange() {
    act.enabled = stage !== "walk";
    put(place, createSwitch(stage, (to) => {
      stage = to;
      arrange();
    }));
    put(side, stage === "sandbox" ? createSandbox(live.page, hello, sandboxActs) : null);
    if (stage === "walk") put(strip, walkStrip(live.page, () => { stage = "presets"; arrange(); }));
    else put(strip, presetStrip(shown, hello.choices, {
      open, upload: upload.open,
      another: () => hello.choices.plans.find(({ key }) => !shown.plans.includes(key))?.key ?? shown.plans[0],
    }));
    live.page.deck.render();
    live.page.store.set({ revision: live.page.model.revision += 1 });
  }
  arrange();
}

start().catch((error) => put(root, h("p", { class: "wrong", role: "alert" }, error.message)));
