// Three stages of one simulator: a walk with a bet, presets, and the sandbox.

import { button, h, put } from "uptake/dom";
import { nameOf } from "uptake/timeline";
import { count, letter, share } from "uptake/words";

export const STAGES = { walk: "Walk", presets: "Presets", sandbox: "Sandbox" };

/** The switch between the stages. */
export function createSwitch(stage, change) {
  const buttons = Object.entries(STAGES).map(([key, name]) =>
    button(name, () => change(key), { "aria-pressed": String(key === stage), "data-stage": key }));
  return h("div", { class: "stages", role: "group", "aria-label": "Stage" }, buttons);
}

const order = (plan) => [...plan.bars].sort((a, b) => a.start - b.start).map(nameOf).join(" → ");

/** The team with the lowest share at the end under a plan, of those that are shown. */
export function lastTeam(model, plan) {
  const { teams } = model.plans[plan], week = model.payload.weeks - 1;
  let found = null, least = 2;
  model.organisation.teams.shown.forEach((shown, team) => {
    const value = teams.mean.at3(0, week, team);
    if (shown && value < least) [found, least] = [team, value];
  });
  return found;
}

/** The steps of the walk; each has words and what it does when it is reached. */
export function stepsOf(page) {
  const { model, store, clock, bet } = page;
  const { organisation, payload } = model;
  const last = model.plans.length - 1, team = lastTeam(model, last);
  const teamName = team === null ? "" : organisation.teams.name[team];
  const value = team === null ? 0 : model.plans[last].teams.mean.at3(0, payload.weeks - 1, team);
  return [
    {
      words: `This is ${organisation.name}: ${count(organisation.n_people, "person", "people")}. A dot is a person, a cluster a team, the ringed dot its manager, a square somebody others listen to. Both sides show the same people.`,
      act: () => clock.seek(1),
    },
    {
      words: model.plans.map((plan, p) => `${letter(p)}, ${plan.name}: ${order(plan)}.`).join(" "),
      act: () => clock.seek(1),
    },
    { words: `Before you look: how many will use the tool in the last week under ${model.plans[last].name}? Draw it, then reveal.`, act: () => bet.start() },
    {
      words: `Now watch ${count(payload.weeks, "week")} go by. A small dot travels to whoever begins to consider the tool, from somebody they see using it; the table on the right follows. What is replayed is one world; curves are over all ${payload.worlds}.`,
      act: () => {
        bet.stop();
        clock.seek(1);
        clock.play();
      },
    },
    team === null ? null : {
      words: `${teamName} comes last under ${letter(last)}, with ${share(value)}. Why? The causes come from the run; single changes are lived again with the same luck.`,
      act: () => {
        clock.pause();
        clock.seek(payload.weeks);
        store.set({ team, person: null, plan: last });
      },
    },
    { words: "Now it is yours: choose other plans, drag a bar, or build your own.", act: () => clock.pause() },
  ].filter(Boolean);
}

/** The strip of the walk. */
export function walkStrip(page, done) {
  const steps = stepsOf(page);
  const words = h("span", { class: "step", role: "status" }), dots = h("span", { class: "dots" });
  let at = -1;
  const back = button("Back", () => go(at - 1)), on = button("Next", () => (at + 1 < steps.length ? go(at + 1) : done()), { class: "primary" });
  function go(step) {
    at = Math.max(0, Math.min(steps.length - 1, step));
    words.textContent = steps[at].words;
    dots.textContent = `${at + 1} of ${steps.length}`;
    back.disabled = at === 0;
    put(on, at + 1 < steps.length ? "Next" : "To the presets");
    steps[at].act();
  }
  go(0);
  return h("section", { class: "strip panel", "aria-label": "Walk" }, dots, words, back, on);
}

/** The strip of presets: which plans and which organisation. `open(request)` shows them. */
export function presetStrip(shown, choices, acts) {
  const plans = shown.plans.map((key, p) => {
    const select = h("select", { "aria-label": `Plan ${letter(p)}`, onchange: () => acts.open({ plans: shown.plans.with(p, select.value) }) },
      choices.plans.map((one) => h("option", { value: one.key, selected: one.key === key, title: one.purpose }, one.name)));
    return h("label", {}, letter(p), select);
  });
  const organisation = h("select", { "aria-label": "Organisation", onchange: () => {
    if (organisation.value === "upload") acts.upload();
    else acts.open({ organisation: organisation.value });
  } },
  shown.uploaded ? h("option", { value: "", selected: true }, "your upload") : null,
  choices.organisations.map(({ key }) => h("option", { value: key, selected: key === shown.organisation }, key)),
  h("option", { value: "upload" }, "upload people.csv and ties.csv …"));
  return h("section", { class: "strip panel", "aria-label": "Presets" }, plans,
    shown.plans.length < 4 ? button("+ plan", () => acts.open({ plans: [...shown.plans, acts.another()] })) : null,
    shown.plans.length > 1 ? button("− plan", () => acts.open({ plans: shown.plans.slice(0, -1) })) : null,
    h("label", {}, "Organisation", organisation),
    button("Upload …", acts.upload), h("span", { class: "grow" }),
    h("span", { class: "small" }, "Drag a bar: it is lived again at once."));
}
