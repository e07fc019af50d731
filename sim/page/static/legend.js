// What the marks mean: shapes and colours, each with its definition.

import { h, put, s } from "uptake/dom";
import { levelsOf } from "uptake/network";

const shape = (name) => {
  const stage = { class: `mark stage-${name}` };
  if (name === "lapsed") return s("path", { ...stage, d: "M6 .8 11.2 6 6 11.2 .8 6Z" });
  return s("circle", { ...stage, cx: 6, cy: 6, r: name === "own" ? 4 : 4.6 });
};

/**
 * The legend: stages, or the shades of what is felt, whichever the networks show.
 * @param {Model} model
 * @param {Store} store
 */
export function createLegend(model, store) {
  const element = h("ul", { class: "legend", "aria-label": "Legend" });
  const show = () => {
    const { outcome } = store.state, levels = levelsOf(model, model.plans[0], outcome);
    put(element, levels ? shades(/** @type {OutcomeShown} */ (model.payload.outcomes.find(({ name }) => name === outcome)), levels.ramp) : stages(model.payload));
  };
  store.on(["outcome", "revision"], show);
  show();
  return { element };
}

const shades = ({ label, meaning, unit }, ramp) => [
  h("li", { title: meaning }, h("b", {}, label), h("span", { class: "hear" }, `: ${meaning}`)),
  h("li", {}, unit === "share" ? "0%" : "0", h("span", { class: "ramp", "aria-hidden": "true" }, [0, 1, 2, 3, 4, 5].map((step) => h("span", { class: `${ramp}-${step}` }))), unit === "share" ? "100%" : "1"),
];

function stages(payload) {
  const item = (mark, label, title) => h("li", { title },
    s("svg", { width: 12, height: 12, viewBox: "0 0 12 12", "aria-hidden": "true" }, mark), label,
    h("span", { class: "hear" }, `: ${title}`));
  const used = payload.stages.filter((one) => one.name !== "hidden");
  return [
    used.map((one) => item(shape(one.name), one.label, one.meaning)),
    item(s("g", {}, s("circle", { class: "mark plain", cx: 6, cy: 6, r: 2.6 }), s("circle", { class: "ring-mark", cx: 6, cy: 6, r: 5 })),
      "manager", "has people who report to them"),
    item(s("rect", { class: "mark plain", x: 2, y: 2, width: 8, height: 8 }), "informal leader",
      "of the 5% whom others listen to most, managers aside"),
    item(s("g", {}, s("circle", { class: "ring-track", cx: 6, cy: 6, r: 4.6 }), s("path", { class: "ray-mark", d: "M6 1.4 A4.6 4.6 0 0 1 10.6 6" }), s("path", { class: "tick-mark", d: "M8.4 9.3 10.6 11.8" })),
      "own threshold", "in the large view, or of the person pointed at: the arc is the share of their attention that meets use they can see, the tick where use in a week becomes as likely as not"),
    item(s("path", { class: "ray-mark", d: "M1 10 Q 4 2 11 2" }), "passed on", "who got it from whom: a line along the tie that carried it, from somebody seen using it to somebody who began to consider it; point at a person to see all that came from them"),
  ];
}
