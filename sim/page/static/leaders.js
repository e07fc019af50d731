// Informal leaders: the waves that leave them, and who follows if one of them, or all, start.

import { button, h, put } from "uptake/dom";
import { sparkOf } from "uptake/spark";
import { reachOf, treeOf } from "uptake/rays";
import { count, fixed, letter, listed } from "uptake/words";

const MOST = 6, LEADER = 2;
const FEW = "There are fewer than five informal leaders: any figure would be about one of them.";

/**
 * The rows of the informal leaders.
 * @param {Organisation} organisation
 */
export const leadersOf = ({ people }) => [...people.kind.keys()].filter((row) => people.kind[row] === LEADER);

/**
 * The informal leaders that may be spoken of: none where so few are real that a figure would be about one.
 * @param {Organisation} organisation
 */
export function spokenOf(organisation) {
  const rows = leadersOf(organisation);
  return organisation.people_shown || rows.length >= organisation.smallest_team ? rows : [];
}

/**
 * How many got it from each of `rows` by a week, the most first: [{row, straight, all}].
 * @param {Tree} tree
 */
export function ranked({ from, week }, rows, until) {
  const straight = new Uint32Array(from.length), all = new Uint32Array(from.length);
  const order = [...from.keys()].filter((i) => week[i] && week[i] <= until).toSorted((a, b) => week[b] - week[a]);
  for (const i of order) { // the last first: who got it from them has been counted
    straight[from[i]] += 1;
    all[from[i]] += 1 + all[i];
  }
  return rows.map((row) => ({ row, straight: straight[row], all: all[row] }))
    .toSorted((a, b) => b.all - a.all || b.straight - a.straight || a.row - b.row);
}

/** What followed, in words: `who` started. */
export function followWords({ others, by_week: byWeek, teams }, who, names) {
  const size = `${fixed(others.mean, 1, true)} (${fixed(others.low, 1, true)} to ${fixed(others.high, 1, true)})`;
  const beyond = others.low > 0 || others.high < 0;
  const end = beyond ? `${size} other people use it in a week at the end` : `no difference larger than chance at the end: ${size} other people use it in a week`;
  let most = 0;
  for (let w = 1; w < byWeek.length; w += 1) if (Math.abs(byWeek[w]) > Math.abs(byWeek[most])) most = w;
  const where = beyond && teams.length ? ` Most in ${listed(teams.map(({ team }) => names[team]))}.` : "";
  return `If ${who} the tool from week 1 on, with habit and know-how: ${end}. The largest difference is ${fixed(byWeek[most], 1, true)} in week ${most + 1}.${where}`;
}

/**
 * The leaders' view. `ask({plan, person})` runs a plan again with a start; without `person` with that of all.
 * @param {Model} model
 * @param {Store} store
 */
export function createLeaders(model, store, ask) {
  const title = h("h2", {}, "Informal leaders"), tabs = h("div", { class: "tabs", role: "group", "aria-label": "Plan" });
  const close = button("×", () => store.set({ leaders: false, follow: null }), { class: "close", "aria-label": "Close" });
  const said = h("p", {}), slots = Array.from({ length: MOST }, () => slotOf(() => view)), answer = h("div", { class: "follow", role: "status" });
  const all = button("", () => start(view, null));
  const element = h("section", { class: "leaders panel", "aria-label": "Informal leaders", hidden: true },
    h("div", { class: "panel-head" }, title, close), tabs, said, h("ol", { class: "leader-list" }, slots.map(({ element: one }) => one)), ask ? all : null, answer);
  /** @type {any} */
  const view = { model, store, ask, element, tabs, said, slots, all, answer, plan: 0, asked: 0, trees: new Map() };
  store.on(["leaders", "week", "playing", "revision", "secret", "plan"], () => render(view));
  store.on(["team", "person"], ({ team, person }) => {
    if ((team !== null || person !== null) && store.state.leaders) store.set({ leaders: false });
  });
  store.on(["follow"], ({ follow }) => {
    if (!follow) put(answer);
  });
  store.on(["revision"], () => {
    view.trees.clear();
    if (store.state.follow) store.set({ follow: null });
  });
  return { element, start: (person) => start(view, person) };
}

function render(view) {
  const { model, store, element, tabs, said, slots, all, ask } = view, { leaders, secret, week, playing } = store.state;
  element.hidden = !leaders || secret;
  if (element.hidden || playing) return;
  view.plan = Math.min(store.state.plan ?? 0, model.plans.length - 1);
  pressed(tabs, model, store, view.plan);
  const rows = spokenOf(model.organisation), tree = treeNow(view), step = reachOf(tree, rows, week);
  const reached = step.filter(Boolean).length, begun = tree.week.filter((one) => one && one <= week).length;
  all.hidden = !rows.length;
  said.textContent = !rows.length ? FEW : `By week ${week} ${count(reached, "person has", "people have")} got it from one of ${count(rows.length, "informal leader")}, directly or through others, of ${begun} who got it from somebody; in the one replicate that is replayed.`;
  const { people_shown: shown, people } = model.organisation;
  const first = shown ? ranked(tree, rows, week) : [];
  slots.forEach((slot, i) => {
    slot.element.hidden = !first[i];
    if (!first[i]) return;
    slot.row = first[i].row;
    put(slot.words, h("b", {}, people.name[slot.row]), ` ${first[i].straight} directly, ${first[i].all} in all `);
    slot.go.hidden = !ask;
    slot.go.setAttribute("aria-label", `If ${people.name[slot.row]} starts, who follows?`);
  });
  all.textContent = `If all ${rows.length} start, who follows?`;
}

/** A place in the list of leaders: its elements stay, whoever stands there. */
function slotOf(viewNow) {
  const words = h("span", {}), go = button("If they start …", () => start(viewNow(), slot.row), { class: "small-button" });
  const light = (on) => viewNow().store.set({ hover: on ? slot.row : null });
  const slot = { row: -1, words, go, element: h("li", {
    onpointerenter: () => light(true), onpointerleave: () => light(false), onfocusin: () => light(true), onfocusout: () => light(false),
  }, words, go) };
  return slot;
}

/** The buttons of the plans; none is made anew while it may have the focus. */
function pressed(tabs, model, store, plan) {
  if (tabs.children.length !== model.plans.length) {
    put(tabs, model.plans.map((_, p) => button(letter(p), () => store.set({ plan: p, follow: null }), { class: `tab plan-${p}` })));
  }
  tabs.hidden = model.plans.length < 2;
  [...tabs.children].forEach((tab, p) => tab.setAttribute("aria-pressed", String(p === plan)));
}

function treeNow({ model, trees, plan }) {
  if (!trees.has(plan)) trees.set(plan, treeOf(model.plans[plan].replay.state, model.listens, model.organisation.ties.target));
  return trees.get(plan);
}

/** Run the plan again with a start, and show what is different. */
async function start(view, person) {
  const { model, store, ask, answer } = view, mine = (view.asked += 1), { revision } = model;
  store.set({ leaders: true, team: null, person: null, hover: null, follow: null });
  put(answer, h("p", { class: "small waiting" }, "Running the plan again with them, with the same random numbers…"));
  try {
    const found = await ask(person === null ? { plan: view.plan } : { plan: view.plan, person });
    if (mine !== view.asked || revision !== model.revision) return;
    store.set({ follow: found });
    show(view, found, person);
  } catch (error) {
    if (mine === view.asked) put(answer, h("p", { class: "wrong" }, error.message));
  }
}

function show({ model, store, answer }, found, person) {
  const { people, teams } = model.organisation, { weeks } = model.payload;
  const who = person === null ? `all ${count(found.rows.length, "informal leader")} use` : `${people.name[person]} uses`;
  const top = Math.max(1, ...found.by_week.map(Math.abs));
  put(answer, h("p", {}, followWords(found, who, teams.name)),
    sparkOf({ weeks, week: 1, domain: [-top, top], ends: [fixed(-top, 1, true), fixed(top, 1, true)], marked: "", lines: [{ values: found.by_week, kind: `plan-${found.plan}`, words: "other people using it, more or fewer, by week" }] }),
    h("p", { class: "small" }, `${count(found.others.replicates, "replicate")} of plan ${letter(found.plan)}, the same random numbers. The network shows the replayed one with the start; rings mark whose use differs, lines what came from the start.`),
    button("The plan as it is", () => store.set({ follow: null })));
  answer.scrollIntoView({ block: "nearest" });
}
