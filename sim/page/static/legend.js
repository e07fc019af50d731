// What the marks mean: shapes and colours, each with its definition.

import { h, s } from "uptake/dom";

const shape = (name) => {
  const stage = { class: `mark stage-${name}` };
  if (name === "lapsed") return s("path", { ...stage, d: "M6 .8 11.2 6 6 11.2 .8 6Z" });
  return s("circle", { ...stage, cx: 6, cy: 6, r: name === "own" ? 4 : 4.6 });
};

export function createLegend(payload) {
  const item = (mark, label, title) => h("li", { title },
    s("svg", { width: 12, height: 12, viewBox: "0 0 12 12", "aria-hidden": "true" }, mark), label,
    h("span", { class: "hear" }, `: ${title}`));
  const used = payload.stages.filter((one) => one.name !== "hidden");
  return h("ul", { class: "legend", "aria-label": "Legend" },
    used.map((one) => item(shape(one.name), one.label, one.meaning)),
    item(s("g", {}, s("circle", { class: "mark plain", cx: 6, cy: 6, r: 2.6 }), s("circle", { class: "ring-mark", cx: 6, cy: 6, r: 5 })),
      "manager", "has people who report to them"),
    item(s("rect", { class: "mark plain", x: 2, y: 2, width: 8, height: 8 }), "informal leader",
      "of the 5% whom others listen to most, managers aside"));
}
