// What a team's manager signals by week, and what coaching changes about it; of real people, what all managers do.

import { h, put } from "uptake/dom";
import { meanOver, sparkOf } from "uptake/spark";
import { count, fixed, letter, points } from "uptake/words";

const AROUND = 4, REST = 400;

/** A signal in words: below 0 it is sceptical or silent. */
const level = (value) => fixed(value, 2, true);

/** Whether an effect is beyond chance, in words; `whose` use it is. */
export function effectWords({ mean, low, high }, whose) {
  const size = `${points(mean)} points (${points(low)} to ${points(high)})`;
  return low > 0 || high < 0 ? `Weekly use ${whose} with coaching: ${size}.` : `Weekly use ${whose} with coaching: no difference larger than chance, ${size}.`;
}

/** What coaching changes, in words: before it, and in the last weeks. */
export function signalWords({ added, week, planned, other, effect, of }, weeks) {
  const before = level(meanOver(planned.mean, week - AROUND, week - 1)), from = weeks - AROUND + 1;
  const end = level(meanOver(planned.mean, from, weeks)), instead = level(meanOver(other.mean, from, weeks));
  const said = week > 1 ? `${before} in the weeks before, ` : "";
  const change = added ? `As planned, without coaching: ${said}${end} at the end. Coached from week ${week}: ${instead} at the end.`
    : `As planned, coached from week ${week}: ${said}${end} at the end. Without coaching: ${instead} at the end.`;
  return `${change} ${effectWords(effect, of ? `of ${of}` : "of everybody")}`;
}

/**
 * A part of the panel "Why?". `backend.signals({plan, team})` answers.
 * @param {Model} model
 * @param {Store} store
 */
export function createSignals(model, store, backend) {
  const element = h("div", { class: "signals" }), found = new Map();
  let asked = 0;
  return {
    element,
    /** Show those of a team under a plan; of nobody with null. */
    async show(team, plan) {
      const mine = (asked += 1), key = JSON.stringify([team, plan, model.revision]);
      if (team === null || !backend?.signals || model.plans.some(({ provisional }) => provisional)) {
        put(element);
        return;
      }
      try {
        if (!found.has(key)) {
          await new Promise((done) => { setTimeout(done, REST); });
          if (mine !== asked || store.state.playing) return;
          found.set(key, await backend.signals({ team, plan }));
        }
        if (mine === asked) put(element, partOf(model, plan, found.get(key)));
      } catch (error) {
        if (mine === asked) put(element, error.gone ? null : h("p", { class: "wrong" }, error.message));
      }
    },
  };
}

/** @param {Model} model */
function partOf(model, plan, answer) {
  if (!answer.managers) return null;
  const { weeks } = model.payload, { added, week, planned, other, managers, of } = answer;
  const top = Math.max(...planned.mean.map(Math.abs), ...other.mean.map(Math.abs)) > 0.5 ? 1 : 0.5;
  const whose = of ? `What the manager of ${of} signals` : `What managers signal: the mean of ${count(managers, "manager")}`;
  return [
    h("h3", {}, `${whose}, plan ${letter(plan)}`),
    sparkOf({
      weeks, week, domain: [-top, top], ends: ["sceptical", "supportive"], marked: "coaching",
      lines: [{ values: planned.mean, kind: `plan-${plan}`, words: "as planned" }, { values: other.mean, kind: "instead", words: added ? "with coaching" : "without coaching" }],
    }),
    h("p", { class: "small" }, signalWords(answer, weeks)),
  ];
}
