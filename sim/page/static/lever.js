// One lever of an intervention: a control that is never made anew, with what is wrong beside it.

import { freshId, h, put } from "uptake/dom";
import { share } from "uptake/words";

const WORDS = ["everyone", "managers", "informal leaders"];

/** Entries with one lever changed; undefined takes it away, so that its default holds. */
export function withLever(entries, index, field, value) {
  return entries.map((one, i) => {
    if (i !== index) return one;
    const [[kind, levers]] = Object.entries(one);
    const { [field]: _, ...rest } = levers;
    return { [kind]: value === undefined ? rest : { ...rest, [field]: value } };
  });
}

/** What was typed, as a scenario file would have it. */
export function typed(text) {
  const given = text.trim();
  if (given === "") return undefined;
  return /^[+-]?\d+([.]\d+)?$/.test(given) ? Number(given) : given;
}

/**
 * A lever: `elements` for a grid of label, control and value; show(bar, entry) puts it to a value,
 * unless a person is at it; wrong(words) says what is wrong with it. `set(value, done)` changes it.
 * @param {Model} model
 */
export function createLever(lever, model, set) {
  const id = freshId("lever"), note = h("p", { class: "wrong field-wrong", id: `${id}-wrong`, role: "alert", hidden: true });
  const meaning = h("span", { class: "small lever-meaning", id: `${id}-meaning` }, lever.meaning);
  const label = h("div", {}, h("label", { for: id }, lever.name), meaning);
  const make = { number: sliderOf, week: sliderOf, switch: switchOf, choice: choiceOf, audience: audienceOf }[lever.type] ?? textOf;
  const made = make(lever, id, model, set), { control } = made;
  control.setAttribute("aria-describedby", meaning.id);
  return {
    field: lever.field, elements: [label, control, made.output ?? null, note],
    show(bar, entry) {
      if (control.getAttribute("aria-invalid") === "true" || (document.activeElement === control && made.typing)) return;
      made.show(entry[lever.field] ?? lever.default, bar);
    },
    wrong(words) {
      note.textContent = words;
      note.hidden = !words;
      control.toggleAttribute("aria-invalid", false);
      if (words) {
        control.setAttribute("aria-invalid", "true");
      }
      control.setAttribute("aria-describedby", words ? note.id : meaning.id);
    },
  };
}

/** @param {Model} model */
/** A value of a lever with its unit: shares in percent. */
export const valueWords = (value, unit) => (unit === "%" ? share(value) : `${value}${unit ? ` ${unit}` : ""}`);

function sliderOf(lever, id, model, set) {
  const [low, high, step] = lever.type === "week" ? [1, model.payload.weeks, 1] : [lever.low, lever.high, lever.step];
  const output = h("output", { for: id });
  const say = (value) => { output.textContent = valueWords(Number(value), lever.unit ?? ""); };
  const control = h("input", { id, type: "range", min: low, max: high, step,
    oninput: () => {
      say(control.value);
      set(Number(control.value), false);
    },
    onchange: () => set(Number(control.value), true) });
  return { control, output, typing: true, show: (value) => {
    control.value = String(value);
    say(value);
  } };
}

function switchOf(_, id, __, set) {
  const control = h("input", { id, type: "checkbox", class: "wide", onchange: () => set(control.checked, true) });
  return { control, show: (value) => { control.checked = value === true; } };
}

function choiceOf(lever, id, _, set) {
  const control = h("select", { id, class: "wide", onchange: () => set(control.value, true) }, lever.choices.map((one) => h("option", { value: one }, one)));
  return { control, show: (value) => { control.value = String(value); } };
}

/** @param {Model} model */
function audienceOf(_, id, model, set) {
  const other = h("option", { value: "" }), teams = model.organisation.teams.name;
  const control = h("select", { id, class: "wide", onchange: () => {
    const to = control.value;
    if (to) set(to.startsWith("team:") ? { teams: [to.slice(5)] } : to, true);
  } }, other, WORDS.map((one) => h("option", { value: one }, one)),
  h("optgroup", { label: "one team" }, teams.map((one) => h("option", { value: `team:${one}` }, one))));
  return { control, show(value, bar) {
    const known = typeof value === "string" ? value : value?.teams?.length === 1 && Object.keys(value).length === 1 ? `team:${value.teams[0]}` : "";
    put(other, bar.audience || "somebody else");
    other.hidden = Boolean(known);
    control.value = known;
  } };
}

function textOf(lever, id, _, set) {
  const control = h("input", { id, class: "wide", type: "text", title: lever.meaning, onchange: () => set(typed(control.value), true) });
  return { control, typing: true, show: (value) => { control.value = String(value ?? ""); } };
}
