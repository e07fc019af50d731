// What is assumed of the organisation: a few questions that a client can answer, then all parameters.

import { freshId, h, put } from "uptake/dom";
import { typed } from "uptake/words";

const MOST = 40;

/** The questions and, folded, every parameter; `acts.assume(name, value)` runs everything again. */
export function createAssumptions(hello, acts) {
  const known = new Map(hello.parameters.map((one) => [one.name, one]));
  const valueOf = (name) => acts.parameters()[name] ?? known.get(name).value;
  const asked = hello.questions.map((one) => question(one, known.get(one.parameter), valueOf(one.parameter), acts));
  return h("div", { class: "assumptions" },
    h("details", { class: "questions" }, h("summary", {}, "About your people"), asked), all(hello.parameters, valueOf, acts));
}

/** One question: a slider between two answers, in place of a parameter by name. */
function question({ words, low, high }, { name, low: least, high: most, meaning, source }, value, acts) {
  const id = freshId("question");
  const control = h("input", { id, type: "range", min: least, max: most, step: (most - least) / 20, value: String(value), title: `${name}: ${meaning}; ${source}`,
    onchange: () => acts.assume(name, Number(typed(control.value))) });
  return h("div", { class: "question" }, h("label", { for: id }, words), control,
    h("span", { class: "ends", "aria-hidden": "true" }, h("span", {}, low), h("span", {}, high)));
}

function all(parameters, valueOf, acts) {
  const list = h("div", { class: "levers" });
  const filter = h("input", { type: "search", placeholder: "Find a parameter", "aria-label": "Find a parameter", oninput: () => fill() });
  const fill = () => put(list, parameters
    .filter(({ name, meaning }) => `${name} ${meaning}`.toLowerCase().includes(filter.value.toLowerCase())).slice(0, MOST)
    .map((one) => parameter(one, valueOf(one.name), acts)));
  const details = h("details", { ontoggle: () => details.open && !list.children.length && fill() },
    h("summary", {}, `All ${parameters.length} parameters of the model`), filter, list);
  return details;
}

function parameter({ name, meaning, unit, source, low, high }, value, acts) {
  const id = freshId("parameter"), output = h("output", { for: id }, typed(value));
  const input = h("input", { id, type: "range", min: low, max: high, step: (high - low) / 100, value: String(value),
    oninput: () => { output.textContent = typed(input.value); }, onchange: () => acts.assume(name, Number(typed(input.value))) });
  return [h("label", { for: id, title: `${name} (${unit}); ${source}` }, meaning || name), input, output];
}
