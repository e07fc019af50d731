// The page: everything mounted on one element, from one payload, with or without a server.

import { createBet } from "uptake/bet";
import { followTheme, readColours } from "uptake/colours";
import { createDeck } from "uptake/deck";
import { degreesFrom } from "uptake/degrees";
import { announce, button, h, put } from "uptake/dom";
import { createDownloads } from "uptake/downloads";
import { bindKeys, createHelp } from "uptake/keyboard";
import { createLeaders, spokenOf } from "uptake/leaders";
import { createLegend } from "uptake/legend";
import { createMatrix } from "uptake/matrix";
import { carriedOver, modelOf, namesInAddress, SETTINGS, startState } from "uptake/model";
import { createPanel } from "uptake/panel";
import { createHover } from "uptake/person";
import { createClock } from "uptake/replay";
import { createSentence } from "uptake/sentence";
import { bindAddress, createStore } from "uptake/store";
import { createTable } from "uptake/table";
import { createWhy } from "uptake/why";
import { count } from "uptake/words";

/**
 * Show a payload on `root`, for as long as it lives: `load` shows another one, and no control is
 * made anew. `options.backend` may have why(question) and report(); `options.edit` has edit,
 * select and remove of bars; `options.brand`, `header`, `strip`, `second` (under the sentence) and `side` are
 * elements that the live page adds. Returns the page, with `update` for a plan that has changed.
 */
export function mountPage(root, payload, options = {}) {
  const { backend = null, edit = null, address = true } = options;
  const model = { ...modelOf(payload), revision: 0 };
  const store = createStore(startState(model, address ? location.hash : ""));
  const ended = new AbortController(), toast = h("div", { class: "toast", hidden: true });
  /** @type {any} */
  const page = { root, options, model, store, signal: ended.signal, toast, panels: [], view: { focus: null, rays: true, large: false } };
  followTheme(store, ended.signal);
  page.say = (text) => say(page, text);
  page.clock = createClock(store, () => model.payload.weeks);
  page.sentence = createSentence(model, store);
  page.deck = createDeck(model, store, page.clock, edit);
  page.hover = createHover(model, store);
  page.matrix = createMatrix(model, store);
  page.help = createHelp(store, Boolean(edit));
  page.bet = createBet(model, store, page.deck, page.clock, page.say, backend?.phones);
  page.why = createWhy(model, store, backend);
  page.leaders = createLeaders(model, store, backend?.starts);
  page.table = createTable(model, store);
  page.downloads = createDownloads(model, store, page.deck, backend, page.say, ended.signal);
  page.legend = createLegend(model, store);
  page.why.onStart((person) => page.leaders.start(person));
  Object.assign(page, {
    load: (next) => load(page, next),
    update: (plan, part, head, how) => update(page, plan, part, head, how),
    /** Of a plan that has changed more is known than everybody's stage. */
    replayed: (plan, replay) => {
      Object.assign(plan.replay, replay);
      shade(page);
      store.set({ revision: model.revision += 1 });
    },
    /** Let go of everything, before another page is mounted on the same element. */
    destroy() {
      page.clock.pause();
      ended.abort();
      page.sizes.disconnect();
    },
  });
  root.classList.toggle("live", Boolean(options.strip));
  arrange(page);
  follow(page);
  showPanels(page);
  if (address) bindAddress(namesInAddress(store, model), SETTINGS, options.addressAlso);
  settle(page);
  return page;
}

function say({ root, toast }, text) {
  announce(root, text);
  toast.textContent = text;
  toast.hidden = !text;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { toast.hidden = true; }, 6000);
}

const dark = ({ store }) => store.set({ theme: store.state.shown_theme === "dark" ? "light" : "dark" });

/** Put everything in its place; what is made here stays. */
function arrange(page) {
  const { root, options, deck, bet, matrix, help, sentence, table, why, leaders } = page;
  page.lead = button("Leaders", () => lead(page), { class: "quiet", title: "Waves that leave informal leaders (I)", "aria-pressed": "false" });
  deck.tools.append(bet.open);
  deck.element.querySelector(".deck-head").after(bet.element);
  page.facts = h("span", { class: "facts-line" });
  page.data = h("p", { class: "data-line imported" });
  page.networks = h("div", { class: "networks" });
  page.people = h("datalist", { id: "people" });
  page.find = findPerson(page);
  put(root,
    h("a", { class: "skip", href: "#teams" }, "To the table of teams"),
    h("header", { class: "top" }, h("h1", {}, "Uptake"), options.brand, page.facts,
      h("span", { class: "grow" }), options.header, page.people, page.find,
      page.lead, button("Ties by team", () => matrix.open(), { class: "quiet" }),
      page.downloads.element,
      button("◐", () => dark(page), { class: "icon", "aria-label": "Dark or light", title: "Dark or light (D)" }),
      button("?", () => help.showModal(), { class: "icon", "aria-label": "Keys", title: "Keys (?)" })),
    options.strip,
    h("div", { class: "answer" }, sentence.element, options.second, page.data),
    h("main", { class: "grid" },
      h("div", { class: "left" }, h("div", { class: "networks-place" }, page.networks), page.legend.element, deck.element),
      h("aside", { class: "right", id: "teams", "aria-label": "Teams and why" }, options.side, table.element, leaders.element, why.element, sentence.note)),
    page.hover.element, page.toast, matrix.element, help,
    h("div", { class: "announce hear", "aria-live": "polite" }));
}

/** Show the waves that leave informal leaders, or no longer. */
const lead = ({ store }) => !store.state.secret && store.set({ leaders: !store.state.leaders, team: null, person: null, follow: null });

function findPerson({ model, store, say: tell }) {
  const input = h("input", {
    type: "search", list: "people", placeholder: "Find a person", "aria-label": "Find a person", class: "find",
    onchange: () => {
      const person = model.organisation.people.name.indexOf(input.value.trim());
      if (person >= 0) store.set({ person, team: null, degrees: store.state.degrees || 1 });
      else if (input.value) tell(`There is nobody called ${input.value}.`);
      input.value = "";
    },
  });
  return input;
}

function follow(page) {
  const { root, model, store, clock, matrix, help, bet } = page;
  clock.onFrame((position) => {
    for (const panel of page.panels) panel.draw(position);
  });
  store.on(["team", "person", "degrees", "hover", "leaders"], () => focus(page));
  store.on(["leaders"], ({ leaders }) => page.lead.setAttribute("aria-pressed", String(leaders)));
  store.on(["follow"], () => clock.redraw());
  store.on(["shown_theme"], () => refresh(page));
  store.on(["outcome"], () => shade(page));
  store.on(["large"], () => stage(page));
  store.on(["secret"], ({ secret }) => root.classList.toggle("secret", secret));
  const changed = new Set();
  page.sizes = new ResizeObserver((entries) => {
    if (!changed.size) requestAnimationFrame(() => {
      const sizes = new Set(changed);
      changed.clear();
      if (sizes.has(page.deck.element)) page.deck.render(); // first: it may leave the networks another height
      for (const panel of page.panels) if (sizes.has(panel.canvas)) panel.refresh(readColours());
      clock.redraw();
    });
    for (const { target } of entries) changed.add(target);
  });
  page.sizes.observe(page.deck.element);
  addEventListener("resize", () => page.deck.render(), { signal: page.signal });
  bindKeys(model, store, clock, {
    bet: () => bet.start(), matrix: matrix.open, lead: () => lead(page), help: () => help.showModal(), dark: () => dark(page), hide: () => page.hover.hide(),
    teams: () => [...root.querySelectorAll(".team-table tbody tr")].map((row) => Number(row.dataset.team)),
  }, page.signal);
}

/** Panels for the plans there are; those that were there stay. */
function showPanels(page) {
  const { model, store, view, hover, networks } = page, { layout, organisation, listens, plans } = model;
  Object.assign(view, { layout, organisation, listens, team: store.state.team, person: store.state.person, hover: null });
  for (const panel of page.panels.splice(plans.length)) {
    page.sizes.unobserve(panel.canvas);
    panel.element.remove();
    panel.end();
  }
  page.panels.forEach((panel) => panel.renew());
  for (let plan = page.panels.length; plan < plans.length; plan += 1) {
    const panel = createPanel(model, store, plan, view, hover);
    page.panels.push(panel);
    networks.append(panel.element);
    page.sizes.observe(panel.canvas);
  }
  networks.className = `networks n-${plans.length}`;
}

/** What the data lack, and what was made of it: said of real organisations, and never far away. */
export function dataWords({ organisation, warnings }) {
  const { notes, made_up: made } = organisation;
  const said = made ? [] : notes.map(([what, times]) => (times > 1 ? `${what} (${times})` : what));
  return [...said, ...new Set(warnings)].join("; ");
}

/** What follows from the payload as a whole, outside of the parts that follow by themselves. */
function settle(page) {
  const { model, facts, people, find, root } = page;
  const { name, n_people: many, n_teams: teams, pseudonyms, people_shown: shown } = model.organisation;
  facts.textContent = `${name} · ${count(many, "person", "people")} · ${count(teams, "team")}${pseudonyms ? " · pseudonyms" : ""}`;
  facts.title = facts.textContent;
  page.data.textContent = dataWords(model.payload) && `The data: ${dataWords(model.payload)}.`;
  page.data.title = page.data.textContent;
  page.data.hidden = !page.data.textContent;
  find.hidden = !shown;
  put(people, shown ? model.organisation.people.name.slice(0, 3000).map((one) => h("option", { value: one })) : null);
  root.classList.toggle("secret", page.store.state.secret);
  stage(page);
  refresh(page);
  focus(page);
  page.why.render();
}

function focus({ model, store, view, clock }) {
  const { team, person, degrees, hover, leaders } = store.state, { start } = model.organisation.teams;
  let from = null;
  if (degrees && person !== null) from = [person];
  else if (degrees && team !== null) from = Array.from({ length: start[team + 1] - start[team] }, (_, i) => start[team] + i);
  Object.assign(view, { team, person, hover, leaders: leaders ? spokenOf(model.organisation) : null, focus: from ? degreesFrom(model.neighbours, from, degrees) : null });
  clock.redraw();
}

function refresh({ panels, deck, clock }) {
  deck.render(); // before the networks, whose height it leaves
  const colours = readColours();
  for (const panel of panels) panel.refresh(colours);
  clock.redraw();
}

function shade({ panels, clock }) {
  for (const panel of panels) panel.show();
  clock.redraw();
}

/** One network takes the stage, or all stand side by side. */
function stage({ store, root, networks, panels, view, clock }) {
  const { large } = store.state;
  root.classList.toggle("large", large !== null);
  networks.classList.toggle("staged", large !== null);
  panels.forEach((panel, plan) => panel.stage(plan === large, large !== null));
  view.large = large !== null;
  clock.redraw();
}

/** Show another payload: other plans, other people. */
function load(page, payload) {
  const { model, store, deck, table, matrix, downloads, bet, sentence } = page, before = { organisation: model.organisation };
  const same = payload.plans.map(({ name }) => name).join("\n") === model.plans.map(({ name }) => name).join("\n");
  if (!same || payload.weeks !== model.payload.weeks || payload.organisation.name !== model.organisation.name) bet.close();
  Object.assign(model, modelOf(payload), { revision: model.revision + 1 });
  deck.load();
  store.set({ ...carriedOver(store.state, before, model), ...(same ? {} : { selected: null, plan: null }) });
  showPanels(page);
  for (const part of [table, matrix, downloads, sentence]) part.load();
  store.set({ revision: model.revision });
  settle(page);
}

/**
 * A plan was simulated again: `part` is what `plan_part` gives, `head` the new sentence; `held`
 * while it is still dragged; in fewer replicates than the others it is provisional: marked ~.
 */
function update({ model, store, deck, sentence, panels, clock }, plan, part, head, { held, replicates, ghost = null }) {
  const { payload } = model, { sentence: said, bands, warnings, changed } = head;
  model.plans[plan] = { ...part, ghost, changed: changed ?? null, provisional: replicates < payload.worlds };
  Object.assign(payload, { sentence: said, bands, warnings });
  model.revision += 1;
  deck.hold(held);
  if (held) deck.renderCurves();
  else deck.render(); // it measures: first, while nothing is waiting to be laid out
  sentence.show(model.plans[plan].provisional ? replicates : 0);
  panels[plan].show();
  store.set({ revision: model.revision });
  clock.redraw();
}
