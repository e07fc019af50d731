// One person: what they see, what they would need, what they fear. Of one replicate.

import { h, put } from "uptake/dom";
import { reachOf } from "uptake/rays";
import { count, letter, share } from "uptake/words";

const STEPS = 20, UNKNOWN = 255, BEYOND = 254;
const FEARS = [
  ["fear_mistake", "visible mistakes"], ["fear_permission", "permission"],
  ["fear_job", "job"], ["fear_identity", "identity"],
];
const KINDS = ["", "manager", "informal leader"];

/** A value in steps of a twentieth, in words. */
export const about = (steps) => `about ${share(steps / STEPS)}`;

/**
 * What a replay says of a person in a week; null where their team is too small.
 * @param {Model} model
 */
export function personAt(model, plan, person, week) {
  const { replay } = model.plans[plan];
  const [, people] = replay.state.shape;
  const at = (week - 1) * people + person, state = replay.state[at];
  if ((state & 7) === 0) return null;
  const read = (name) => replay[name][at];
  const stage = model.payload.stages[state & 7];
  return {
    stage: stage.label, days: state >> 3 & 7, trust: read("trust"), attention: read("attention"),
    seen: read("seen"), threshold: read("threshold"), capability: read("capability"),
    fears: FEARS.map(([name, words]) => ({ words, value: read(name) })),
  };
}

/**
 * Whom they listen to, in a sentence.
 * @param {Model} model
 */
export const listensTo = (model, person) => count(model.organisation.people.listens[person], "person", "people");

/** The visible use at which they would as likely as not use it in a week, in words. */
export function thresholdWords({ threshold }) {
  if (threshold === UNKNOWN) return "";
  return threshold === BEYOND ? "none: unlikely to use it in a week even if everybody were seen doing so" : about(threshold);
}

/** @param {Model} model */
export function titleOf(model, person) {
  const { people, teams } = model.organisation;
  const kind = KINDS[people.kind[person]];
  return [people.name[person], people.roles[people.role[person]], kind, teams.name[model.layout.team[person]]]
    .filter((word) => word && word !== "unspecified").join(" · ");
}

const meter = (value, words) => h("div", { class: "fear" }, h("span", {}, words),
  h("span", { class: "meter", role: "img", "aria-label": about(value) },
    h("span", { class: "full", style: { width: `${(value / STEPS) * 100}%` } })));

/**
 * How far use has come from a person by a week, in words.
 * @param {Tree} tree
 */
export function reachWords(tree, person, week) {
  const step = reachOf(tree, person, week), straight = step.filter((one) => one === 1).length, all = step.filter(Boolean).length;
  if (!all) return "Nobody has got it from them so far.";
  return `${count(straight, "person has", "people have")} got it from them${all > straight ? `, ${all} with those who got it from these` : ""}.`;
}

/**
 * A card on one person under one plan; \`tree\` says who got it from whom.
 * @param {Model} model
 * @param {Tree | null} tree
 */
export function personCard(model, plan, person, week, tree = null) {
  const found = personAt(model, plan, person, week);
  const title = titleOf(model, person);
  if (!found) return h("div", { class: "card" }, h("strong", {}, title), h("p", {}, "In a team of which no figures are shown."));
  const needs = thresholdWords(found);
  return h("div", { class: "card" },
    h("strong", {}, title),
    h("p", {}, `${letter(plan)}, week ${week}: ${found.stage}${found.days ? `, on ${count(found.days, "day")} this week` : ""}.`),
    h("p", {}, `Listens to ${listensTo(model, person)}; ${about(found.attention)} of that attention goes to people who used it this week, `
      + `${about(found.seen)} meets use they can see.`),
    needs ? h("p", {}, "Own threshold: ", h("b", {}, needs), found.threshold === BEYOND ? "." : " of that attention on visible use makes use in a week as likely as not.") : null,
    h("div", { class: "fears" }, found.fears.map(({ words, value }) => meter(value, words))),
    tree ? h("p", {}, reachWords(tree, person, week)) : null,
    h("p", { class: "small" }, "A simulated person in one replicate, in steps of 5%: never a forecast of anybody."));
}

/**
 * A card that follows the pointer over the networks.
 * @param {Model} model
 * @param {Store} store
 */
export function createHover(model, store) {
  const element = h("div", { class: "hover", role: "tooltip", hidden: true });
  let wanted = null;
  const card = {
    element,
    show(plan, person, x, y, tree) {
      wanted = [plan, person, x, y, tree];
      if (!model.plans[plan].replay.trust) return; // only stages are known as yet
      put(element, personCard(model, plan, person, store.state.week, tree));
      element.hidden = false;
      const box = element.getBoundingClientRect();
      element.style.left = `${Math.max(4, Math.min(window.innerWidth - box.width - 8, x + 14))}px`;
      element.style.top = `${y + 14 + box.height > window.innerHeight ? Math.max(4, y - box.height - 10) : y + 14}px`;
    },
    hide() {
      wanted = null;
      element.hidden = true;
    },
  };
  store.on(["revision"], () => wanted && element.hidden && card.show(...wanted));
  return card;
}
