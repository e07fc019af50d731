// A small curve beside words: one or two lines over the weeks, and a week that is marked.

import { h, s } from "uptake/dom";

const WIDE = 300, HIGH = 74, LEFT = 66, FOOT = 14;

/** Where a line of values goes on the small chart. */
export function lineOf(values, [low, high], weeks) {
  const x = (w) => LEFT + ((w + 0.5) / weeks) * (WIDE - LEFT), y = (value) => 3 + (HIGH - FOOT - 6) * (1 - (value - low) / (high - low));
  return Array.from(values, (value, w) => `${w ? "L" : "M"}${x(w).toFixed(1)} ${y(value).toFixed(1)}`).join("");
}

/**
 * The chart: `lines` {values, kind, words}; `ends` the words at the top and the bottom of its axis;
 * `week`: the one that is marked, with a word. A key below says which line is which.
 */
export function sparkOf({ lines, domain, ends, weeks, week, marked }) {
  const [low, high] = domain, zero = 3 + (HIGH - FOOT - 6) * (1 - (0 - low) / (high - low)), x = LEFT + ((week - 1) / weeks) * (WIDE - LEFT);
  const chart = s("svg", { class: "spark", viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH, "aria-hidden": "true" },
    s("line", { class: "rule", x1: LEFT, x2: WIDE, y1: zero, y2: zero }),
    s("text", { x: LEFT - 5, y: 11, "text-anchor": "end" }, ends[1]), s("text", { x: LEFT - 5, y: HIGH - FOOT - 2, "text-anchor": "end" }, ends[0]),
    marked ? [s("line", { class: "spark-week", x1: x, x2: x, y1: 0, y2: HIGH - FOOT }),
      s("text", { x: Math.min(x + 3, WIDE - 70), y: HIGH - 3 }, marked)] : null,
    lines.map(({ values, kind }) => s("path", { class: `spark-line ${kind}`, d: lineOf(values, domain, weeks) })));
  const key = h("p", { class: "small spark-key" }, lines.map(({ kind, words }) => h("span", {},
    s("svg", { width: 20, height: 8, "aria-hidden": "true" }, s("line", { class: `spark-line ${kind}`, x1: 1, x2: 19, y1: 4, y2: 4 })), words)));
  return h("div", {}, chart, key);
}

/** The mean of values over the weeks `from` to `to`, both included and counted from one. */
export function meanOver(values, from, to) {
  const first = Math.max(1, from), last = Math.min(values.length, to);
  let sum = 0;
  for (let week = first; week <= last; week += 1) sum += values[week - 1];
  return last < first ? NaN : sum / (last - first + 1);
}
