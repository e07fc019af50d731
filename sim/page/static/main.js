// The live page: connect, show, and run plans again as they are changed.

import { addressOf, requestFrom, stageIn } from "uptake/address";
import { announce, button, h, put } from "uptake/dom";
import { createBrand } from "uptake/brand";
import { createDiagnosis } from "uptake/diagnosis";
import { connect } from "uptake/live";
import { createNext } from "uptake/next";
import { SETTINGS } from "uptake/model";
import { mountPage } from "uptake/page";
import { createPhones } from "uptake/phones";
import { createSandbox, entriesOf } from "uptake/sandbox";
import { createStrip, createSwitch, STAGES } from "uptake/stages";
import { calledOf } from "uptake/timeline";
import { createUpload } from "uptake/upload";
import { createWalk } from "uptake/walk";
import { chosen, createPump, edited, given, opening, same } from "uptake/wanted";

const root = /** @type {HTMLElement} */ (document.getElementById("uptake"));
/** Milliseconds after an answer without a move, after which a bar that is still held is run in all replicates. */
const REST = 250;
/** @type {Wanted} */
const NOTHING = { plans: [], organisation: "", uploaded: false, pseudonyms: false, outcome: "", parameters: {}, edits: {} };
/** @type {Live} */
const live = { timings: [], page: null, hello: null, wanted: NOTHING, shown: NOTHING, stage: "presets", files: null, rest: 0, held: false };
window.uptake = live;

/** Plans of which more than stages is asked for. */
const askedFor = new WeakSet();
const pump = createPump({ open: sendOpen, edit: sendEdit });
const server = connect((state) => {
  document.querySelector(".banner")?.remove();
  if (state === "gone" && live.page) {
    root.prepend(h("div", { class: "banner", role: "alert" }, "The server has stopped. What is here still plays; changes wait until it is back."));
  }
  if (state === "back") back();
});

async function start() {
  const request = requestFrom(location.hash), wanted = stageIn(location.hash);
  live.hello = await server.request("hello");
  live.stage = wanted && wanted in STAGES ? wanted : live.hello.stage;
  let first, wrong = null;
  try {
    first = await server.request("open", request);
  } catch (error) {
    first = await server.request("open", {});
    wrong = error;
  }
  live.wanted = given(first, wrong ? {} : request.edits ?? {});
  live.shown = live.wanted;
  mount(first);
  if (wrong) live.page.say(`The address could not be followed: ${wrong.message}`);
}

/** The server is back, perhaps another one: it is asked for everything, an upload included. */
async function back() {
  if (!live.page) return;
  const waited = pump.waits || !same(live.wanted, live.shown);
  try {
    if (live.wanted.uploaded && live.files) await server.request("upload", live.files, true);
    else if (live.wanted.uploaded) {
      live.page.say("The server was restarted, and the upload is gone with it: upload it again.");
      return;
    }
  } catch (error) {
    if (!error.gone) live.page.say(`The upload could not be read again: ${error.message}`);
    return;
  }
  live.failed = false;
  await pump.again();
  if (live.stage === "walk" && live.walk.waits) live.walk.start();
  else if (waited && !live.failed && same(live.wanted, live.shown)) live.page.say("The server is back; what was changed meanwhile is applied.");
}

async function sendOpen() {
  const asked = live.wanted;
  announce(root, "Running the plans…");
  root.classList.add("busy");
  try {
    const payload = await server.request("open", opening(asked));
    live.shown = { ...given(payload, asked.edits) };
    live.wanted = { ...live.wanted, organisation: live.shown.organisation, uploaded: live.shown.uploaded, pseudonyms: live.wanted.pseudonyms === asked.pseudonyms ? live.shown.pseudonyms : live.wanted.pseudonyms, parameters: live.wanted.parameters === asked.parameters ? live.shown.parameters : live.wanted.parameters };
    live.page.load(payload);
    controls();
  } catch (error) {
    if (error.gone) throw error;
    live.failed = true;
    if (same(live.wanted, asked)) live.wanted = live.shown;
    live.page.say(error.message);
    controls();
  } finally {
    root.classList.remove("busy");
  }
}

async function sendEdit(plan, quick) {
  const entries = live.wanted.edits[plan], { page } = live;
  if (!entries) return;
  const began = performance.now();
  try {
    const { part, worlds: replicates, ...head } = await server.request("edit", { plan, timeline: entries, dragging: quick, stages: !looksAtPeople() });
    const before = page.model.plans[plan], first = before.ghost ?? before;
    const ghost = same(entriesOf(first), entries) ? null : { curves: first.curves, replay: first.replay, bars: first.bars };
    page.update(plan, part, head, { held: live.held, replicates, ghost });
    live.timings.push({ ms: performance.now() - began, replicates });
    if (replicates < page.model.payload.worlds) {
      if (live.wanted.edits[plan] === entries && !pump.has(plan)) live.rest = setTimeout(() => pump.edit(plan, false), REST);
      return;
    }
    live.shown = edited(live.shown, plan, entries);
    sandboxOf()?.problem(plan, null);
  } catch (error) {
    if (error.gone) throw error;
    live.failed = true;
    if (live.wanted.edits[plan] === entries) live.wanted = edited(live.wanted, plan, live.shown.edits[plan]);
    if (!sandboxOf()?.problem(plan, error)) page.say(error.message);
    page.deck.render();
  }
}

/** Whether something is shown that only single people tell, or perhaps does, as a plain outcome does not. */
function looksAtPeople() {
  const { large, person, hover, outcome } = live.page.store.state;
  return large !== null || person !== null || hover !== null || outcome !== SETTINGS.outcome;
}

/** What is known of people beyond their stages is asked for when they are looked at, once a change. */
async function askOfPeople() {
  if (!looksAtPeople()) return;
  for (const [position, plan] of live.page.model.plans.entries()) {
    if (plan.provisional || plan.replay.trust || askedFor.has(plan)) continue;
    askedFor.add(plan);
    try {
      live.page.replayed(plan, (await server.request("replay", { plan: position })).replay);
    } catch (error) {
      askedFor.delete(plan);
      if (!error.gone) live.page.say(error.message);
    }
  }
}

/** Choose other plans, people or assumptions; tells whether the plans that are wanted are shown. */
function open(patch) {
  if (patch.plans || patch.organisation) past.length = 0; // changes are of the plans and people they were made to
  live.wanted = chosen(live.wanted, patch);
  controls();
  return pump.open().then(() => same(live.wanted.plans, live.shown.plans));
}

/** The entries of a plan as they are wanted now: asked for, or answered. */
const entriesNow = (plan) => live.wanted.edits[plan] ?? entriesOf(live.page.model.plans[plan]);

/** The changes of plans as they stood before each change, the newest last. */
const past = [];

function undo() {
  let edits = past.pop();
  while (edits && same(edits, live.wanted.edits)) edits = past.pop(); // a change that was refused
  if (edits) open({ edits });
  else live.page.say("Nothing is left to undo.");
}

document.addEventListener("keydown", (event) => {
  const typed = event.target instanceof Element && event.target.closest("input:not([type=range]), select, textarea, dialog[open]");
  if (!live.page || typed || event.shiftKey || event.altKey || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  event.preventDefault();
  undo();
});

function change(plan, entries, done) {
  if (!live.held) past.push(live.wanted.edits); // a drag is one change
  live.wanted = edited(live.wanted, plan, entries);
  live.held = !done;
  clearTimeout(live.rest);
  return pump.edit(plan, !done);
}
Object.assign(live, { change, open });

const sandboxOf = () => (live.stage === "sandbox" ? live.sandbox : null);

/** What bars of the deck do when they are moved. */
const act = {
  enabled: true,
  edit(plan, bar, to, done) {
    const entries = entriesNow(plan).slice(), [[kind, levers]] = Object.entries(entries[bar]);
    entries[bar] = { [kind]: { ...levers, ...to } };
    change(plan, entries, done);
  },
  wanted(plan, bar) {
    const [levers] = Object.values(live.wanted.edits[plan]?.[bar] ?? { none: {} });
    return Object.fromEntries(["start", "lasts"].filter((key) => Number.isInteger(levers[key])).map((key) => [key, levers[key]]));
  },
  select(plan, bar) {
    live.page.store.set({ selected: { plan, bar } });
    if (live.stage !== "sandbox") live.page.say(`${calledOf(live.page.model.plans[plan].bars[bar])}: its levers are under “${STAGES.sandbox}”.`);
  },
  remove: (plan, bar) => live.stage === "sandbox" && change(plan, entriesNow(plan).filter((_, i) => i !== bar), true),
};

function backendOf({ report }) {
  return {
    why: (question) => server.request("why", question),
    phones: createPhones((body) => server.request("bets", body)),
    signals: (question) => server.request("signals", question),
    starts: (question) => server.request("starts", question),
    first: (question) => server.request("why", { ...question, first: true }),
    yaml: async (plan) => (await server.request("yaml", { plan })).yaml,
    report: report ? async () => (await server.request("report")).html : null,
  };
}

/** Mount the page, once, with every control of it. */
function mount(payload) {
  const { hello } = live, place = (name) => h("div", { class: name });
  live.places = { strip: place("strip-place"), side: place("side-place"), second: place("second-place") };
  live.switch = createSwitch((to) => stage(to));
  live.hide = button("Pseudonyms", () => open({ pseudonyms: !live.wanted.pseudonyms }), { class: "quiet" });
  const diagnosis = createDiagnosis(hello.diagnosis);
  if (diagnosis.element) document.body.append(diagnosis.element);
  live.page = mountPage(root, payload, {
    backend: backendOf(hello), edit: act, brand: createBrand(hello.brand), header: [live.switch.element, live.hide, diagnosis.open], ...live.places, address: true, addressAlso: () => addressOf(live.wanted, live.stage),
  });
  live.upload = createUpload(hello.limits, upload, (files) => server.request("look", files, true));
  document.body.append(live.upload.element); // beside the page: nothing that is answered closes it
  live.strip = createStrip(hello.choices, { open, upload: live.upload.open });
  live.sandbox = createSandbox(live.page, hello, {
    change, entries: entriesNow, parameters: () => live.wanted.parameters,
    reset: (plan) => {
      past.push(live.wanted.edits);
      open({ edits: edited(live.wanted, plan).edits });
    },
    assume: (name, value) => open({ parameters: { ...live.wanted.parameters, [name]: value } }),
  });
  live.next = createNext(live.page, (question) => server.request("next", question), (plan, timeline) => change(plan, timeline, true));
  live.walk = createWalk(live.page, hello.walk, {
    open, done: () => stage("presets"), entered: () => live.next.show(live.stage !== "walk" || live.walk.next),
  });
  live.page.store.on(["outcome"], ({ outcome }) => outcomeShown(outcome));
  live.page.store.on(["large", "person", "hover", "outcome", "revision"], askOfPeople);
  put(live.places.second, live.next.element);
  stage(live.stage);
}

async function upload(files) {
  const payload = await server.request("upload", files, true);
  live.files = files;
  live.wanted = given(payload, live.wanted.edits);
  live.shown = live.wanted;
  live.page.load(payload);
  controls();
}

/** Teams in an outcome that is not here yet are asked for. */
function outcomeShown(outcome) {
  live.wanted = { ...live.wanted, outcome };
  if (!live.page.model.payload.team_outcomes.includes(outcome)) pump.open();
}

/** Guided, comparing, or changing: what stands around the page. */
function stage(to) {
  const guided = live.stage === "walk" && to !== "walk";
  live.stage = to;
  act.enabled = to !== "walk";
  put(live.places.side, to === "sandbox" ? live.sandbox.element : null);
  put(live.places.strip, to === "walk" ? live.walk.element : live.strip.element);
  live.next.show(to !== "walk");
  live.page.deck.render();
  controls();
  if (to === "walk") live.walk.start();
  else if (guided) live.walk.leave();
  live.page.store.set({ revision: live.page.model.revision += 1 });
}

/** Every control as it is wanted; none is made anew. */
function controls() {
  const { wanted, stage: now } = live;
  live.switch.show(now);
  live.strip.show(wanted);
  live.sandbox.show();
  put(live.hide, wanted.pseudonyms ? "Show ids" : "Pseudonyms");
  live.hide.setAttribute("aria-pressed", String(wanted.pseudonyms));
  live.hide.hidden = !live.page.model.organisation.people_shown && wanted.pseudonyms;
}

start().catch((error) => put(root, h("p", { class: "wrong", role: "alert" }, error.message)));
