// The sandbox: every intervention of the catalogue, its levers made from its declaration.

import { button, freshId, h, put } from "uptake/dom";
import { letter } from "uptake/words";

const WORDS = ["everyone", "managers", "informal leaders"];

/** The entries of a plan as a scenario file has them. */
export const entriesOf = (plan) => plan.bars.map(({ kind, entry }) => ({ [kind]: entry }));

/** Entries with one lever changed; undefined takes it away, so that its default holds. */
export function withLever(entries, index, field, value) {
  return entries.map((one, i) => {
    if (i !== index) return one;
    const [[kind, levers]] = Object.entries(one);
    const { [field]: _, ...rest } = levers;
    return { [kind]: value === undefined ? rest : { ...rest, [field]: value } };
  });
}

/** The panel of levers. `acts.change(plan, entries, done)` lives a plan again. */
export function createSandbox(page, hello, acts) {
  const { model, store } = page;
  const element = h("section", { class: "side panel", "aria-label": "Sandbox" });
  const catalogue = new Map(hello.catalogue.map((one) => [one.kind, one]));
  let plan = model.plans.length - 1;

  const entries = () => acts.entries(plan);

  function render() {
    const { selected } = store.state;
    if (selected) plan = Math.min(selected.plan, model.plans.length - 1);
    const bar = selected && model.plans[plan].bars[selected.bar];
    const which = h("select", { "aria-label": "Plan to change", onchange: () => {
      plan = Number(which.value);
      store.set({ selected: null });
      render();
    } }, model.plans.map((one, p) => h("option", { value: p, selected: p === plan }, `${letter(p)} ${one.name}`)));
    const add = h("select", { "aria-label": "Intervention to add" },
      [["What the organisation does", false], ["What happens to it", true]].map(([label, shock]) =>
        h("optgroup", { label }, hello.catalogue.filter((one) => one.shock === shock).map((one) => h("option", { value: one.kind, title: one.summary }, one.kind)))));
    put(element,
      h("div", { class: "panel-head" }, h("h2", {}, "Sandbox"), which),
      h("div", { class: "why-bar" }, add, button("Add at this week", () => {
        const all = [...entries(), { [add.value]: { start: store.state.week } }];
        acts.change(plan, all, true);
        store.set({ selected: { plan, bar: all.length - 1 } });
      }), button("Reset", () => acts.reset(plan), { title: "The plan as it was opened" })),
      bar ? levers(bar, selected.bar) : h("p", { class: "small" }, "Choose a bar on the time deck to see its levers, or add one of the 22."),
      assumptions());
  }

  function levers(bar, index) {
    const { summary, acts_on: actsOn, source, levers: all } = catalogue.get(bar.kind);
    return h("div", {}, h("h3", {}, bar.kind), h("p", { class: "small" }, `${summary} Acts on: ${actsOn}. Source: ${source}.`),
      h("div", { class: "levers" }, all.map((lever) => control(lever, bar, index))),
      button("Take it off", () => {
        store.set({ selected: null });
        acts.change(plan, entries().filter((_, i) => i !== index), true);
      }));
  }

  function control(lever, bar, index) {
    const id = freshId("lever"), value = bar.entry[lever.field] ?? lever.default;
    const set = (to, done = true) => acts.change(plan, withLever(entries(), index, lever.field, to), done);
    const label = h("label", { for: id, title: lever.meaning }, lever.name);
    if (lever.type === "number" || lever.type === "week") {
      const [low, high, step] = lever.type === "week" ? [1, model.payload.weeks, 1] : [lever.low, lever.high, lever.step];
      const output = h("output", { for: id }, String(value));
      const input = h("input", { id, type: "range", min: low, max: high, step, value: String(value),
        oninput: () => { output.textContent = input.value; set(Number(input.value), false); },
        onchange: () => set(Number(input.value)) });
      return [label, input, output];
    }
    if (lever.type === "switch") {
      const input = h("input", { id, type: "checkbox", checked: value === true, class: "wide", onchange: () => set(input.checked) });
      return [label, input];
    }
    const wide = { id, class: "wide" };
    if (lever.type === "choice") {
      const select = h("select", { ...wide, onchange: () => set(select.value) },
        lever.choices.map((one) => h("option", { value: one, selected: one === value }, one)));
      return [label, select];
    }
    if (lever.type === "audience") {
      const teams = model.organisation.teams.name, known = typeof value === "string" ? value : value?.teams?.length === 1 ? `team:${value.teams[0]}` : "";
      const select = h("select", { ...wide, onchange: () => {
        const to = select.value;
        if (to) set(to.startsWith("team:") ? { teams: [to.slice(5)] } : to);
      } },
      known ? null : h("option", { value: "", selected: true }, bar.audience),
      WORDS.map((one) => h("option", { value: one, selected: one === known }, one)),
      h("optgroup", { label: "one team" }, teams.map((one) => h("option", { value: `team:${one}`, selected: `team:${one}` === known }, one))));
      return [label, select];
    }
    const input = h("input", { ...wide, type: "text", value: String(value ?? ""), title: lever.meaning, onchange: () => {
      const text = input.value.trim();
      set(text === "" ? undefined : /^\d+$/.test(text) ? Number(text) : text);
    } });
    return [label, input];
  }

  function assumptions() {
    const list = h("div", { class: "levers" });
    const filter = h("input", { type: "search", placeholder: "Find an assumption", "aria-label": "Find an assumption", oninput: () => fill() });
    const fill = () => put(list, hello.parameters
      .filter(({ name, meaning }) => `${name} ${meaning}`.toLowerCase().includes(filter.value.toLowerCase())).slice(0, 40)
      .map((one) => {
        const id = freshId("parameter"), value = acts.parameters()[one.name] ?? one.value;
        const output = h("output", { for: id }, String(value));
        const input = h("input", { id, type: "range", min: one.low, max: one.high, step: (one.high - one.low) / 100, value: String(value),
          oninput: () => { output.textContent = String(Number(Number(input.value).toPrecision(3))); },
          onchange: () => acts.assume(one.name, Number(Number(input.value).toPrecision(3))) });
        return [h("label", { for: id, title: `${one.meaning} (${one.unit}); ${one.source}` }, one.name), input, output];
      }));
    const details = h("details", { ontoggle: () => { if (details.open) fill(); } },
      h("summary", {}, `Assumptions: all ${hello.parameters.length} parameters`), filter, list);
    return details;
  }

  store.on(["selected"], render);
  let waiting = 0;
  store.on(["revision"], () => {
    if (element.contains(document.activeElement) || waiting) return;
    waiting = setTimeout(() => {
      waiting = 0;
      render();
    }, 120);
  });
  render();
  return element;
}
