// The page: everything mounted on one element, from one payload, with or without a server.

import { createBet } from "uptake/bet";
import { followTheme, readColours } from "uptake/colours";
import { createDeck } from "uptake/deck";
import { degreesFrom, neighboursOf } from "uptake/degrees";
import { announce, button, h, put } from "uptake/dom";
import { createDownloads } from "uptake/downloads";
import { bindKeys, createHelp } from "uptake/keyboard";
import { layoutOf } from "uptake/layout";
import { createLegend } from "uptake/legend";
import { createMatrix } from "uptake/matrix";
import { createPanel } from "uptake/panel";
import { createHover } from "uptake/person";
import { createClock } from "uptake/replay";
import { createSentence } from "uptake/sentence";
import { bindAddress, createStore, fromAddress } from "uptake/store";
import { createTable } from "uptake/table";
import { createWhy } from "uptake/why";
import { count } from "uptake/words";

/** Settings that live in the address, with their defaults. */
export const SETTINGS = { week: 0, outcome: "weekly_users", speed: "normal", theme: "auto", team: "", person: "", degrees: 0, sort: "name", plan: "" };

/** What is shown, in one place: the payload and what follows from it. */
export function createModel(payload) {
  const { organisation } = payload;
  const people = organisation.people.kind.length;
  const starts = new Int32Array(people + 1);
  for (const i of organisation.ties.source) starts[i + 1] += 1;
  for (let i = 0; i < people; i += 1) starts[i + 1] += starts[i];
  return {
    payload, organisation, plans: payload.plans, layout: layoutOf(organisation), revision: 0,
    neighbours: neighboursOf(organisation.ties, people),
    listens: (person) => Array.from({ length: starts[person + 1] - starts[person] }, (_, k) => starts[person] + k),
  };
}

function startState(model, address) {
  const { weeks } = model.payload;
  const found = fromAddress(address, SETTINGS, { week: "number", degrees: "number" });
  const team = model.organisation.teams.name.indexOf(found.team);
  const person = model.organisation.people.name.indexOf(found.person);
  const outcome = model.payload.outcomes.some(({ name }) => name === found.outcome) ? found.outcome : SETTINGS.outcome;
  const week = Math.min(weeks, Math.max(1, Math.round(found.week || Math.ceil(weeks / 2))));
  const theme = ["auto", "light", "dark"].includes(found.theme) ? found.theme : "auto";
  const degrees = [0, 1, 2, 3].includes(found.degrees) ? found.degrees : 0;
  return {
    week, outcome, theme, degrees, speed: found.speed ?? "normal", sort: found.sort ?? "name",
    team: team < 0 ? null : team, person: person < 0 ? null : person,
    plan: /^\d$/.test(found.plan ?? "") ? Number(found.plan) : null,
    playing: false, reveal: false, betting: false, hover: null, selected: null, revision: 0, shown_theme: "",
  };
}

/**
 * Show a payload on `root`. `options.backend` may have why(question) and report();
 * `options.edit` has edit, select and remove of bars; `options.header` and `options.strip` are
 * elements that the live page adds. Returns the page, with `update` for a plan that has changed.
 */
export function mountPage(root, payload, options = {}) {
  const { backend = null, edit = null, header = [], strip = null, address = true } = options;
  const model = createModel(payload);
  const store = createStore(startState(model, address ? location.hash : ""));
  const ended = new AbortController(), { signal } = ended;
  followTheme(store, signal);
  const clock = createClock(store, payload.weeks);
  const say = (text) => {
    announce(root, text);
    toast.textContent = text;
    toast.hidden = !text;
    clearTimeout(say.timer);
    say.timer = setTimeout(() => { toast.hidden = true; }, 6000);
  };
  const toast = h("div", { class: "toast", hidden: true });
  const sentence = createSentence(payload);
  const deck = createDeck(model, store, clock, edit);
  const hover = createHover(model, store);
  const matrix = createMatrix(model, store);
  const help = createHelp(Boolean(edit));
  const bet = createBet(model, store, deck, clock, say);
  const why = createWhy(model, store, backend);
  const table = createTable(model, store);
  const view = {
    layout: model.layout, organisation: model.organisation, listens: model.listens,
    focus: null, team: store.state.team, person: store.state.person, hover: null,
  };
  const panels = model.plans.map((_, plan) => createPanel(model, store, clock, plan, view, hover));
  const dark = () => store.set({ theme: store.state.shown_theme === "dark" ? "light" : "dark" });
  deck.tools.append(bet.open);
  deck.element.querySelector(".deck-head").after(bet.element);

  const { name, n_people: people, n_teams: teams, pseudonyms } = model.organisation;
  const facts = `${name} · ${count(people, "person", "people")} · ${count(teams, "team")}${pseudonyms ? " · pseudonyms" : ""}`;
  put(root,
    h("a", { class: "skip", href: "#teams" }, "To the table of teams"),
    h("header", { class: "top" }, h("h1", {}, "Uptake"), h("span", { class: "facts-line", title: facts }, facts),
      h("span", { class: "grow" }), header, findPerson(),
      button("Ties by team", () => matrix.open(), { class: "quiet" }),
      createDownloads(model, deck, backend, say, signal),
      button("◐", dark, { class: "icon", "aria-label": "Dark or light", title: "Dark or light (D)" }),
      button("?", () => help.showModal(), { class: "icon", "aria-label": "Keys", title: "Keys (?)" })),
    strip,
    sentence.element,
    h("main", { class: "grid" },
      h("div", { class: "left" },
        h("div", { class: `networks n-${Math.min(4, panels.length)}` }, panels.map((one) => one.element)),
        createLegend(payload),
        deck.element),
      h("aside", { class: "right", id: "teams", "aria-label": "Teams and why" }, options.side ?? null, table.element, why.element)),
    hover.element, toast, matrix.element, help,
    h("div", { class: "announce hear", "aria-live": "polite" }));

  function findPerson() {
    const list = h("datalist", { id: "people" }, model.organisation.people.name.slice(0, 3000).map((one) => h("option", { value: one })));
    const input = h("input", {
      type: "search", list: "people", placeholder: "Find a person", "aria-label": "Find a person", class: "find",
      onchange: () => {
        const person = model.organisation.people.name.indexOf(input.value.trim());
        if (person >= 0) store.set({ person, team: null, degrees: store.state.degrees || 1 });
        else if (input.value) say(`There is nobody called ${input.value}.`);
        input.value = "";
      },
    });
    return [list, input];
  }

  function focus() {
    const { team, person, degrees, hover: over } = store.state;
    const { start } = model.organisation.teams;
    let from = null;
    if (degrees && person !== null) from = [person];
    else if (degrees && team !== null) from = Array.from({ length: start[team + 1] - start[team] }, (_, i) => start[team] + i);
    Object.assign(view, { team, person, hover: over, focus: from ? degreesFrom(model.neighbours, from, degrees) : null });
    clock.redraw();
  }

  function refresh() {
    const colours = readColours();
    for (const panel of panels) panel.refresh(colours);
    deck.render();
    clock.redraw();
  }

  clock.onFrame((position) => {
    for (const panel of panels) panel.draw(position);
  });
  store.on(["team", "person", "degrees", "hover"], focus);
  store.on(["shown_theme"], refresh);
  let waiting = 0;
  const sizes = new ResizeObserver(() => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      refresh();
    });
  });
  sizes.observe(root.querySelector(".grid"));
  bindKeys(model, store, clock, {
    bet: () => bet.start(), matrix: matrix.open, help: () => help.showModal(), dark,
    teams: () => [...root.querySelectorAll(".team-table tbody tr")].map((row) => Number(row.dataset.team)),
  }, signal);
  if (address) bindAddress(namesInAddress(store, model), SETTINGS, options.addressAlso);
  refresh();
  focus();
  why.render();
  return {
    model, store, clock, deck, panels, say, bet,
    /** Let go of everything, before another page is mounted on the same element. */
    destroy() {
      clock.pause();
      ended.abort();
      sizes.disconnect();
    },
    /**
     * A plan was lived anew: `part` is what `plan_part` gives, `head` the new sentence; `held`
     * while it is still dragged; in fewer worlds than the others it is provisional: marked ~.
     */
    update(plan, part, { sentence: said, bands, warnings }, { held, worlds }) {
      model.plans[plan] = { ...part, provisional: worlds < payload.worlds };
      Object.assign(payload, { sentence: said, bands, warnings });
      model.revision += 1;
      deck.hold(held);
      if (held) deck.renderCurves();
      else deck.render(); // it measures: first, while nothing is waiting to be laid out
      sentence.show(payload, model.plans[plan].provisional ? worlds : 0);
      panels[plan].show();
      store.set({ revision: model.revision });
      clock.redraw();
    },
  };
}

/** The store as the address sees it: teams and people by name, the week always. */
function namesInAddress(store, model) {
  return {
    get state() {
      const { state } = store;
      return {
        ...state,
        team: state.team === null ? "" : model.organisation.teams.name[state.team],
        person: state.person === null ? "" : model.organisation.people.name[state.person],
        plan: state.plan === null ? "" : String(state.plan),
      };
    },
    on: store.on,
  };
}
