// "Why?": what held a team or person back in the run, and what single changes would do.

import { button, h, put } from "uptake/dom";
import { titleOf } from "uptake/person";
import { checkpointAt } from "uptake/table";
import { count, letter, listed, points, range, share } from "uptake/words";

const CAUSES = 3, RERUNS = 3;

const workdays = (value) => {
  const text = (100 * value).toFixed(1);
  return Number(text) === 0 ? "under 0.1" : text;
};

/** The drivers of a team at a week under a plan, the largest first. */
export function driversOf(model, plan, team, week) {
  const { drivers } = model.plans[plan];
  const k = checkpointAt(drivers.weeks, week);
  return model.payload.drivers
    .map((driver, d) => ({
      ...driver, mean: drivers.mean.at3(k, team, d), low: drivers.low.at3(k, team, d), high: drivers.high.at3(k, team, d),
    }))
    .sort((a, b) => b.mean - a.mean);
}

const estimate = (e) => (e.mean === null ? "–" : e.worlds > 1 ? `${share(e.mean)} (${range(e.band_low, e.band_high)})` : share(e.mean));

function managerWords({ manager }) {
  if (!manager.there) return "has no manager in the data.";
  const first = manager.first_week === null ? "never in most worlds" : `in week ${manager.first_week} at the median`;
  const cost = manager.gain.mean;
  const signal = cost > 0.0005 ? `A sceptical or silent signal costs ${workdays(cost)} points of workdays.`
    : "The manager's signal costs next to nothing.";
  return `used the tool that week in ${share(manager.uses.mean)} of worlds (first ${first}). ${signal}`;
}

function tiesWords({ ties, person }) {
  const whose = person ? "their" : "its";
  return `${share(ties.users.mean)} of ${whose} attention goes to people who used it that week, ${share(ties.seen.mean)} meets use that can be seen; `
    + `${share(ties.outside)} goes outside the team. Not seeing peers use it costs ${workdays(ties.gain.mean)} points of workdays.`;
}

function rerunItem(one, base) {
  const { effect, level } = one;
  const beyond = effect.low > 0 || effect.high < 0;
  const change = effect.worlds < 2 ? points(effect.mean)
    : `${points(effect.mean)} points, ${points(effect.low)} to ${points(effect.high)}`;
  return h("li", { class: beyond ? "rerun" : "rerun level" },
    "Run again with ", one.said, ": ", h("strong", {}, estimate(level)),
    beyond ? ` (${change})` : `, against ${share(base.mean)}: no difference larger than chance (${change})`);
}

const WAITING = "Living single changes again, with the same luck…";
const waiting = (text) => h("p", { class: "small waiting", role: "status" }, text);

/**
 * The panel. `backend.why({team, person, plan, week})` gives what `plain` of attribution gives;
 * `backend.first`, where there is one, the same without re-runs, and sooner. A `recorded` backend has
 * all answers at hand; where one is without re-runs, `none` in it says why.
 */
export function createWhy(model, store, backend) {
  const element = h("section", { class: "why panel", "aria-label": "Why", hidden: true });
  const found = new Map();
  let asked = 0;

  function heading({ team, person, week }) {
    const { name } = model.organisation.teams;
    if (person !== null) return `Why ${titleOf(model, person)}?`;
    const k = 0, values = model.plans.map(({ teams }) => teams?.mean.at3(k, week - 1, team));
    const said = values.map((value, p) => `${share(value ?? NaN)} under ${letter(p)}`);
    return `Why ${name[team]} stands at ${listed(said)}`;
  }

  function render() {
    const { team, person, week } = store.state;
    element.hidden = team === null && person === null;
    if (element.hidden) return;
    const mine = team ?? model.layout.team[person];
    const shown = model.organisation.teams.shown[mine];
    const plan = Math.min(store.state.plan ?? model.plans.length - 1, model.plans.length - 1);
    const close = button("×", () => store.set({ team: null, person: null, hover: null }), { class: "close", "aria-label": "Close" });
    const head = h("div", { class: "panel-head" }, h("h2", {}, heading({ team: mine, person, week })), close);
    if (!shown) {
      put(element, head, h("p", {}, "A team of fewer than five people: no figure is shown."));
      return;
    }
    const tabs = model.plans.length > 1 ? h("div", { class: "tabs", role: "group", "aria-label": "Plan" },
      model.plans.map((one, p) => button(letter(p), () => store.set({ plan: p }),
        { class: `tab plan-${p}`, "aria-pressed": String(p === plan), title: one.name }))) : null;
    const answer = h("div", { class: "why-run" });
    put(element, head, h("div", { class: "why-bar" }, tabs, degrees()), person === null ? causes(mine, week, plan) : null, answer);
    ask(answer, { team: person === null ? mine : null, person, plan, week });
  }

  function degrees() {
    const at = store.state.degrees;
    return h("div", { class: "tabs", role: "group", "aria-label": "Focus by degrees of separation" }, "Focus ",
      [0, 1, 2, 3].map((d) => button(d ? `${d}°` : "all", () => store.set({ degrees: d }),
        { class: "tab", "aria-pressed": String(at === d), title: d ? `${count(d, "tie")} away` : "Everybody" })));
  }

  function causes(team, week, plan) {
    const at = model.plans[plan].drivers.weeks[checkpointAt(model.plans[plan].drivers.weeks, week)];
    const rows = driversOf(model, plan, team, week).slice(0, CAUSES);
    const most = Math.max(0.01, ...rows.map((one) => one.mean));
    return h("div", {}, h("p", { class: "small" },
      `Week ${at}, plan ${letter(plan)}: use on workdays that would come, if this alone were taken away. Parts overlap.`),
    h("ol", { class: "causes" }, rows.map((one) => h("li", {},
      h("span", { class: "cause" }, one.label),
      h("span", { class: "meter", "aria-hidden": "true" }, h("span", { class: "full", style: { width: `${(one.mean / most) * 100}%` } })),
      h("span", { class: "amount" }, `+${workdays(one.mean)} (${workdays(one.low)}–${workdays(one.high)}) points`)))));
  }

  async function ask(place, question) {
    if (!backend?.why) return;
    if (model.plans.some(({ provisional }) => provisional)) {
      put(place, waiting("When the bar rests, the model is asked why."));
      asked += 1;
      return;
    }
    const key = JSON.stringify([question, model.revision]);
    const mine = (asked += 1);
    if (!found.has(key)) {
      if (!backend.recorded) {
        put(place, waiting(WAITING));
        await new Promise((done) => { setTimeout(done, 250); });
        if (mine !== asked || store.state.playing) {
          if (mine === asked) put(place, button("Ask the model why", () => ask(place, question)));
          return;
        }
      }
      try {
        if (backend.first) {
          const first = await backend.first(question);
          if (mine !== asked) return;
          put(place, told(first));
        }
        found.set(key, await backend.why(question));
      } catch (error) {
        if (mine === asked) put(place, h("p", { class: "wrong" }, error.message));
        return;
      }
    }
    if (mine === asked) put(place, told(found.get(key)));
  }

  function told(answer) {
    const who = answer.person ? "Their manager " : "Its manager ";
    const persons = answer.person ? h("ol", { class: "causes" }, answer.drivers.slice(0, CAUSES).map(({ name, gain }) =>
      h("li", {}, h("span", { class: "cause" }, model.payload.drivers.find((one) => one.name === name)?.label ?? name),
        h("span", { class: "amount" }, `+${workdays(gain.mean)} points`)))) : null;
    const list = (rows) => h("ul", { class: "reruns" }, rows.map((one) => rerunItem(one, answer.base)));
    const facts = [persons,
      h("ul", { class: "facts" }, h("li", {}, who, managerWords(answer)), h("li", {}, "Ties: ", tiesWords(answer)))];
    if (!answer.reruns) return [facts, answer.none ? h("p", { class: "small" }, answer.none) : waiting(WAITING)];
    const rest = answer.reruns.slice(RERUNS);
    return [
      facts,
      h("h3", {}, `Habitual users in week ${model.payload.weeks}, had one thing been different`),
      list(answer.reruns.slice(0, RERUNS)),
      rest.length ? h("details", {}, h("summary", {}, `${count(rest.length, "more change")} tried`), list(rest)) : null,
      h("p", { class: "small" }, `${answer.tried} single changes, ${count(answer.worlds, "world")}, the same luck as before; `
        + "intervals hold for all changes at once. Chance in the model, not doubt about it."),
    ];
  }

  store.on(["team", "person", "plan", "revision", "degrees"], render);
  store.on(["week", "playing"], ({ playing }) => {
    if (!playing && !element.hidden) render();
  });
  return { element, render };
}
