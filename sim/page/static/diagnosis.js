// Why adoption stalled in this firm: a diagnosis that `uptake diagnose` wrote, as words and bars.

import { button, h } from "uptake/dom";

const percent = (part) => `${Math.max(0, Math.min(1, part)) * 100}%`;

/** The button and the dialog of a diagnosis; both null where there is none. */
export function createDiagnosis(told) {
  if (!told) return { open: null, element: null };
  const dialog = h("dialog", { class: "wide diagnosis", "aria-label": told.title },
    h("div", { class: "panel-head" }, h("h2", {}, told.title), button("Close", () => dialog.close())), content(told));
  return { open: button("Why here?", () => dialog.showModal(), { class: "quiet", title: told.title }), element: dialog };
}

function content(told) {
  return [h("p", {}, told.sentence),
    h("ol", { class: "causes" }, told.drivers.map(driver)),
    h("p", { class: "small" }, "Points on the chance of use on a workday, if this alone were taken away; mean, 90% interval, and for "
      + "the five drivers the probability that each is the strongest."),
    h("ul", { class: "facts" }, told.conditions.map((said) => h("li", {}, said))),
    measures(told), teams(told), questions(told),
    h("details", {}, h("summary", {}, "What this rests on"), h("ul", { class: "facts" }, told.doubts.map((said) => h("li", {}, said))))];
}

function driver({ label, points, first, five, mean }) {
  return h("li", { class: five ? "five" : "" }, h("span", { class: "cause" }, label),
    h("span", { class: "meter", "aria-hidden": "true" }, h("span", { class: "full", style: { width: percent(mean) } })),
    h("span", { class: "amount" }, first ? `${points}; ${first}` : points));
}

function measures({ measures: found, ahead, tried }) {
  if (!tried) return null;
  if (!found.length) return h("p", {}, `None of ${tried} measures raises use beyond chance.`);
  return [h("h3", {}, "What would help most an hour"),
    h("ol", {}, found.map(({ said, gain, interval, cost }) => h("li", {}, `${said}: `, h("strong", {}, `${gain} points`), ` (${interval}); ${cost}`))),
    h("p", { class: "small" }, `Weekly users ${ahead} weeks later; the interval holds for all ${tried} tried.`)];
}

function teams({ teams: rows, managers_left_out: without }) {
  if (!rows.length) return null;
  const head = h("tr", {}, ["Team", "First", "Points", "Next"].map((name) => h("th", { scope: "col" }, name)));
  return h("details", {}, h("summary", {}, "Team by team"),
    h("table", {}, h("thead", {}, head), h("tbody", {}, rows.map(({ name, first, points, next }) =>
      h("tr", {}, h("th", { scope: "row" }, name), [first, points, next].map((cell) => h("td", {}, cell)))))),
    without ? h("p", { class: "small" }, "What is about a team's one manager is left out.") : null);
}

function questions({ asking, questions: open }) {
  return [h("h3", {}, "What to ask next"), h("p", {}, asking),
    open.length ? h("ol", {}, open.map(({ statement, naming }) => h("li", {}, `${statement} (${naming} points)`))) : null];
}
