// "Why?": what held a team or person back in the run, and what single changes would do.

import { checkpointAt } from "uptake/drivers";
import { button, h, put } from "uptake/dom";
import { titleOf } from "uptake/person";
import { createSignals } from "uptake/signals";
import { count, fixed, letter, listed, points, share } from "uptake/words";

const CAUSES = 3, RERUNS = 3, REST = 250;

const workdays = (value) => {
  const text = fixed(100 * value, 1);
  return Number(text) === 0 ? "under 0.1" : text;
};

/**
 * The drivers of a team at a week under a plan, the largest first.
 * @param {Model} model
 */
export function driversOf(model, plan, team, week) {
  const { drivers } = model.plans[plan];
  const k = checkpointAt(drivers.weeks, week);
  return model.payload.drivers
    .map((driver, d) => ({
      ...driver, mean: drivers.mean.at3(k, team, d), low: drivers.low.at3(k, team, d), high: drivers.high.at3(k, team, d),
    }))
    .toSorted((a, b) => b.mean - a.mean);
}

function managerWords({ manager }) {
  if (!manager.there) return "has no manager in the data.";
  const first = manager.first_week === null ? "never in most replicates" : `in week ${manager.first_week} at the median`;
  const cost = manager.gain.mean;
  const signal = cost > 0.0005 ? `A sceptical or silent signal costs ${workdays(cost)} points of workdays.`
    : "The manager's signal costs next to nothing.";
  return `used the tool that week in ${share(manager.uses.mean)} of replicates (first ${first}). ${signal}`;
}

function tiesWords({ ties, person }) {
  const whose = person ? "their" : "its";
  return `${share(ties.users.mean)} of ${whose} attention goes to people who used it that week, ${share(ties.seen.mean)} meets use that can be seen; `
    + `${share(ties.outside)} goes outside the team. Not seeing peers use it costs ${workdays(ties.gain.mean)} points of workdays.`;
}

/** A change, and by how much: the difference alone, as levels of fewer replicates would not be those above. */
function rerunItem(one) {
  const { effect } = one, beyond = effect.low > 0 || effect.high < 0;
  const change = effect.worlds < 2 ? `${points(effect.mean)} points` : `${points(effect.mean)} points (${points(effect.low)} to ${points(effect.high)})`;
  return h("li", { class: beyond ? "rerun" : "rerun level" }, "Run again with ", one.said, ": ",
    beyond ? h("strong", {}, change) : `no difference larger than chance, ${change}`);
}

const waiting = (text) => h("p", { class: "small waiting", role: "status" }, text);
const WAITING = "Running single changes again, with the same random numbers…";

/**
 * The panel. `backend.why({team, person, plan, week})` gives what `plain` of attribution gives;
 * `backend.first`, where there is one, the same without re-runs, and sooner. A `recorded` backend has
 * all answers at hand; where one is without re-runs, `none` in it says why.
 * @param {Model} model
 * @param {Store} store
 */
export function createWhy(model, store, backend) {
  /** @type {any} */
  const why = { model, store, backend, found: new Map(), asked: 0, signals: createSignals(model, store, backend), ...createElements(store) };
  why.element.append(why.signals.element);
  if (backend?.starts) why.bar.append(why.starts);
  why.starts.addEventListener("click", () => why.onStart?.(store.state.person));
  store.on(["team", "person", "plan", "revision", "degrees", "secret"], () => render(why));
  store.on(["week", "playing"], ({ playing }) => {
    if (!playing && !why.element.hidden) render(why);
  });
  return {
    element: why.element, render: () => render(why),
    /** Be told when it is asked who follows a person. */
    onStart: (tell) => { why.onStart = tell; },
  };
}

/** @param {Store} store */
function createElements(store) {
  const title = h("h2", {}), tabs = h("div", { class: "tabs", role: "group", "aria-label": "Plan" });
  const close = button("×", () => store.set({ team: null, person: null, hover: null }), { class: "close", "aria-label": "Close" });
  const steps = [0, 1, 2, 3].map((d) => button(d ? `${d}°` : "all", () => store.set({ degrees: d }), { class: "tab", title: d ? `${count(d, "tie")} away` : "Everybody" }));
  const degrees = h("div", { class: "tabs", role: "group", "aria-label": "Focus by degrees of separation" }, "Focus ", steps);
  const one = button("", () => store.set({ team: null }), { class: "tab one-person", hidden: true });
  const starts = button("If they start, who follows?", null, { class: "tab", hidden: true });
  const bar = h("div", { class: "why-bar" }, tabs, degrees, one), causes = h("div", {}), answer = h("div", { class: "why-run" });
  const element = h("section", { class: "why panel", "aria-label": "Why", hidden: true }, h("div", { class: "panel-head" }, title, close), bar, causes, answer);
  return { element, title, tabs, steps, one, starts, bar, causes, answer };
}

/** Whom it is about: a team, or one person where only they were chosen. */
const subjectOf = ({ team, person }) => (team === null && person !== null ? { team: null, person } : { team, person: null });

/** @param {Model} model */
function heading(model, { team, person }, week) {
  if (person !== null) return `Why ${titleOf(model, person)}?`;
  const k = model.payload.team_outcomes.indexOf("weekly_users"), values = model.plans.map(({ teams }) => teams?.mean.at3(k, week - 1, team));
  return `Why ${model.organisation.teams.name[team]} stands at ${listed(values.map((value, p) => `${share(value ?? NaN)} under ${letter(p)}`))}`;
}

function render(why) {
  const { model, store, element, title, bar, causes, answer } = why, { state } = store, { week } = state;
  element.hidden = (state.team === null && state.person === null) || state.secret;
  if (element.hidden) return;
  const subject = subjectOf(state), team = subject.team ?? model.layout.team[subject.person], shown = model.organisation.teams.shown[team];
  const plan = Math.min(state.plan ?? model.plans.length - 1, model.plans.length - 1);
  bar.hidden = !shown;
  if (!shown) {
    put(title, model.organisation.teams.name[team]);
    put(causes, h("p", {}, "No figure is shown of a team this small, or of one whose figure would give away that of another."));
    put(answer);
    why.signals.show(null, plan);
    return;
  }
  put(title, heading(model, { ...subject, team }, week));
  pressed(why, plan);
  put(causes, subject.person === null ? causesOf(model, team, week, plan) : null);
  ask(why, { ...subject, plan, week });
  why.signals.show(subject.team, plan);
}

/** The buttons that are there, as they stand now: none is made anew while it may have the focus. */
function pressed({ model, store, tabs, steps, one, starts }, plan) {
  const names = model.plans.map(({ name }) => name);
  if (tabs.children.length !== names.length) {
    put(tabs, names.map((_, p) => button(letter(p), () => store.set({ plan: p }), { class: `tab plan-${p}` })));
  }
  tabs.hidden = names.length < 2;
  [...tabs.children].forEach((tab, p) => {
    tab.setAttribute("aria-pressed", String(p === plan));
    tab.title = names[p];
  });
  steps.forEach((step, d) => step.setAttribute("aria-pressed", String(d === store.state.degrees)));
  const { person, team } = store.state;
  starts.hidden = person === null || !model.organisation.people_shown;
  one.hidden = person === null || team === null || !model.organisation.people_shown;
  if (!one.hidden) put(one, `Why ${model.organisation.people.name[person]}?`);
}

/** @param {Model} model */
function causesOf(model, team, week, plan) {
  const { weeks } = model.plans[plan].drivers, at = weeks[checkpointAt(weeks, week)];
  const rows = driversOf(model, plan, team, week).slice(0, CAUSES);
  const most = Math.max(0.01, ...rows.map((one) => one.mean));
  return [h("p", { class: "small" }, `Week ${at}, plan ${letter(plan)}: use on workdays that would come, if this alone were taken away. Parts overlap.`),
    h("ol", { class: "causes" }, rows.map((one) => h("li", {},
      h("span", { class: "cause" }, one.label),
      h("span", { class: "meter", "aria-hidden": "true" }, h("span", { class: "full", style: { width: `${(one.mean / most) * 100}%` } })),
      h("span", { class: "amount" }, `+${workdays(one.mean)} (${workdays(one.low)}–${workdays(one.high)}) points`))))];
}

async function ask(why, question) {
  const { model, store, backend, found, answer: place } = why;
  if (!backend?.why) return;
  if (model.plans.some(({ provisional }) => provisional)) {
    put(place, waiting("When the bar rests, the model is asked why."));
    why.asked += 1;
    return;
  }
  const key = JSON.stringify([question, model.revision]), mine = (why.asked += 1);
  if (!found.has(key) && !backend.recorded) {
    put(place, waiting(WAITING));
    await new Promise((done) => { setTimeout(done, REST); });
    if (mine !== why.asked || store.state.playing) {
      if (mine === why.asked) put(place, button("Ask the model why", () => ask(why, question)));
      return;
    }
  }
  try {
    if (!found.has(key) && backend.first) {
      const first = await backend.first(question);
      if (mine === why.asked) put(place, told(why, first));
    }
    if (!found.has(key)) found.set(key, await backend.why(question));
    if (mine === why.asked) showAnswer(why, found.get(key));
  } catch (error) {
    if (mine === why.asked) put(place, h("p", { class: "wrong" }, error.message));
  }
}

/** Put an answer in its place; what was unfolded stays so. */
function showAnswer(why, answer) {
  const open = why.answer.querySelector("details")?.open ?? false;
  put(why.answer, told(why, answer));
  const details = why.answer.querySelector("details");
  if (details) details.open = open;
}

function told({ model }, answer) {
  const who = answer.person ? "Their manager " : "Its manager ";
  const persons = answer.person ? h("ol", { class: "causes" }, answer.drivers.slice(0, CAUSES).map(({ name, gain }) =>
    h("li", {}, h("span", { class: "cause" }, model.payload.drivers.find((one) => one.name === name)?.label ?? name),
      h("span", { class: "amount" }, `+${workdays(gain.mean)} points`)))) : null;
  const facts = [persons, h("ul", { class: "facts" },
    answer.manager ? h("li", {}, who, managerWords(answer)) : null, h("li", {}, "Ties: ", tiesWords(answer)))];
  if (!answer.reruns) return [facts, answer.none ? h("p", { class: "small" }, answer.none) : waiting(WAITING)];
  const list = (rows) => h("ul", { class: "reruns" }, rows.map(rerunItem)), rest = answer.reruns.slice(RERUNS);
  return [
    facts,
    h("h3", {}, `Habitual users in week ${model.payload.weeks}, had one thing been different`),
    list(answer.reruns.slice(0, RERUNS)),
    rest.length ? h("details", {}, h("summary", {}, `${count(rest.length, "more change")} tried`), list(rest)) : null,
    h("p", { class: "small" }, `${answer.tried} single changes, ${count(answer.worlds, "replicate")}, the same random numbers as before; `
      + "intervals hold for all changes at once. Chance in the model, not doubt about it."),
  ];
}
