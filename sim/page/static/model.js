// What is shown, in one place: the payload and what follows from it, and the state a page starts in.

import { neighboursOf } from "uptake/degrees";
import { layoutOf } from "uptake/layout";
import { fromAddress } from "uptake/store";

/** Settings that live in the address, with their defaults. */
export const SETTINGS = { week: 0, outcome: "weekly_users", speed: "normal", theme: "auto", team: "", person: "", degrees: 0, sort: "name", plan: "", large: "", letters: true };

/** What follows from a payload. */
export function modelOf(payload) {
  const { organisation } = payload, people = organisation.people.kind.length;
  const starts = new Int32Array(people + 1);
  for (const i of organisation.ties.source) starts[i + 1] += 1;
  for (let i = 0; i < people; i += 1) starts[i + 1] += starts[i];
  return {
    payload, organisation, plans: payload.plans, layout: layoutOf(organisation),
    neighbours: neighboursOf(organisation.ties, people),
    listens: (person) => Array.from({ length: starts[person + 1] - starts[person] }, (_, k) => starts[person] + k),
  };
}

/** A row by name; null where there is none. */
const rowOf = (names, name) => {
  const row = names.indexOf(name);
  return row < 0 ? null : row;
};
const planOf = (text, plans) => (/^\d$/.test(text ?? "") && Number(text) < plans ? Number(text) : null);

/**
 * The state that an address asks for.
 * @param {Model} model
 */
export function startState(model, address) {
  const { weeks, outcomes } = model.payload, { teams, people } = model.organisation;
  const found = fromAddress(address, SETTINGS, { week: "number", degrees: "number" });
  const one = (value, known, usual) => (known.includes(value) ? value : usual);
  return {
    week: Math.min(weeks, Math.max(1, Math.round(found.week || Math.ceil(weeks / 2)))),
    outcome: one(found.outcome, outcomes.map(({ name }) => name), SETTINGS.outcome),
    theme: one(found.theme, ["auto", "light", "dark"], "auto"), degrees: one(found.degrees, [0, 1, 2, 3], 0),
    letters: found.letters ?? true, speed: found.speed ?? "normal", sort: found.sort ?? "name",
    team: rowOf(teams.name, found.team), person: rowOf(people.name, found.person),
    plan: planOf(found.plan, model.plans.length), large: planOf(found.large, model.plans.length),
    playing: false, reveal: false, betting: false, secret: false, quiet: false, hover: null, selected: null, leaders: false, follow: null, revision: 0, shown_theme: "",
  };
}

/**
 * What of a state still holds when other plans or people are shown: teams and people by name.
 * @param {Model} model
 */
export function carriedOver(state, before, model) {
  const name = (rows, row) => (row === null ? "" : rows.name[row]);
  const { teams, people } = model.organisation, last = model.plans.length - 1;
  return {
    week: Math.min(state.week, model.payload.weeks),
    team: rowOf(teams.name, name(before.organisation.teams, state.team)),
    person: rowOf(people.name, name(before.organisation.people, state.person)),
    plan: state.plan === null || state.plan > last ? null : state.plan,
    large: state.large === null || state.large > last ? null : state.large,
    selected: state.selected && state.selected.plan <= last && state.selected.bar < model.plans[state.selected.plan].bars.length ? state.selected : null,
    hover: null, follow: null,
  };
}

/** The store as the address sees it: teams and people by name, the week always. */
export function namesInAddress(store, model) {
  const text = (value) => (value === null ? "" : String(value));
  return {
    get state() {
      const { state } = store, { teams, people } = model.organisation;
      return {
        ...state, plan: text(state.plan), large: text(state.large),
        team: state.team === null ? "" : teams.name[state.team], person: state.person === null ? "" : people.name[state.person],
      };
    },
    on: store.on,
  };
}
