// Changing plans: every intervention of the catalogue, its levers made from its declaration.

import { createAssumptions } from "uptake/assumptions";
import { button, freshId, h, put } from "uptake/dom";
import { createLever, withLever } from "uptake/lever";
import { calledOf } from "uptake/timeline";
import { letter } from "uptake/words";

export { withLever };

/** The entries of a plan as a scenario file has them. */
export const entriesOf = (plan) => plan.bars.map(({ kind, entry }) => ({ [kind]: entry }));

/**
 * The panel of levers; its controls stay while answers come in. `acts.change(plan, entries, done)`
 * runs a plan again. `problem(plan, error)` shows what is wrong beside the field it is about, and
 * says whether it found one.
 */
export function createSandbox(page, hello, acts) {
  const sandbox = { page, hello, acts, plan: page.model.plans.length - 1, levers: [], key: "", ...createElements(hello) };
  const { which, add, addIt, reset } = sandbox;
  which.addEventListener("change", () => {
    sandbox.plan = Number(which.value);
    page.store.set({ selected: null });
    show(sandbox);
  });
  addIt.addEventListener("click", () => addEntry(sandbox, add.value));
  reset.addEventListener("click", () => acts.reset(sandbox.plan));
  sandbox.element.append(createAssumptions(hello, acts));
  page.store.on(["selected", "revision"], () => show(sandbox));
  show(sandbox);
  return { element: sandbox.element, show: () => show(sandbox), problem: (plan, error) => problem(sandbox, plan, error) };
}

function createElements(hello) {
  const which = h("select", { "aria-label": "Plan to change" }), id = freshId("add");
  const groups = [["What the organisation does", false], ["What happens to it", true]];
  const add = h("select", { id, "aria-label": "Intervention to add" }, groups.map(([label, shock]) =>
    h("optgroup", { label }, hello.catalogue.filter((one) => one.shock === shock).map((one) => h("option", { value: one.kind, title: one.summary }, one.kind)))));
  const addIt = button("Add at this week"), reset = button("Reset", null, { title: "The plan as it was opened" });
  const place = h("div", { class: "lever-place" });
  const element = h("section", { class: "side panel", "aria-label": "Change plans" },
    h("div", { class: "panel-head" }, h("h2", {}, "Change a plan"), which),
    h("div", { class: "why-bar" }, add, addIt, reset), place);
  return { which, add, addIt, reset, place, element };
}

function addEntry({ acts, page, plan }, kind) {
  const all = [...acts.entries(plan), { [kind]: { start: page.store.state.week } }];
  page.store.set({ selected: { plan, bar: all.length - 1 } });
  acts.change(plan, all, true);
}

/** Everything as it stands; levers are made anew only for another bar. */
function show(sandbox) {
  const { page, hello, which } = sandbox, { model, store } = page, { selected } = store.state;
  if (selected) sandbox.plan = selected.plan;
  sandbox.plan = Math.min(sandbox.plan, model.plans.length - 1);
  const names = JSON.stringify(model.plans.map(({ name }) => name));
  if (which.dataset.names !== names) {
    which.dataset.names = names;
    put(which, model.plans.map((one, p) => h("option", { value: p }, `${letter(p)} ${one.name}`)));
  }
  which.value = String(sandbox.plan);
  const bar = selected && model.plans[selected.plan]?.bars[selected.bar];
  const key = bar ? JSON.stringify([selected, bar.kind, model.organisation.teams.name]) : "none";
  if (key !== sandbox.key) {
    sandbox.key = key;
    makeLevers(sandbox, bar, selected, hello.catalogue);
  }
  if (bar) for (const lever of sandbox.levers) lever.show(bar, entryNow(sandbox, selected, bar));
}

/** The levers of an entry as they are wanted, answered or not. */
function entryNow({ acts }, { plan, bar }, one) {
  return acts.entries(plan)[bar]?.[one.kind] ?? one.entry;
}

function makeLevers(sandbox, bar, selected, catalogue) {
  const { place, page, acts } = sandbox;
  sandbox.levers = [];
  if (!bar) {
    put(place, h("p", { class: "small" }, `Choose a bar on the time deck to see its levers, or add one of the ${catalogue.length}.`));
    return;
  }
  const { plan, bar: index } = selected, { summary, acts_on: actsOn, source, levers } = catalogue.find(({ kind }) => kind === bar.kind);
  const set = (field) => (value, done) => acts.change(plan, withLever(acts.entries(plan), index, field, value), done);
  sandbox.levers = levers.map((lever) => createLever(lever, page.model, set(lever.field)));
  put(place, h("h3", {}, calledOf(bar)), h("p", { class: "small" }, `${summary} Acts on: ${actsOn}. Source: ${source}.`),
    h("div", { class: "levers" }, sandbox.levers.map(({ elements }) => elements)),
    button("Take it off", () => {
      page.store.set({ selected: null });
      acts.change(plan, acts.entries(plan).filter((_, i) => i !== index), true);
    }));
}

function problem({ page, levers }, plan, error) {
  const { selected } = page.store.state;
  for (const lever of levers) lever.wrong("");
  if (!error || !selected || selected.plan !== plan) return false;
  let found = false;
  for (const { path, what, right } of error.problems ?? []) {
    const [, index, field] = /^timeline\[(\d+)\]\.[^.]+\.([^.[]+)/.exec(path ?? "") ?? [];
    const lever = Number(index) === selected.bar && levers.find((one) => one.field === field);
    if (!lever) return false;
    lever.wrong(`${what} — ${right}`);
    found = true;
  }
  return found;
}
