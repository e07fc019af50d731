// The curves of the time deck: axis, bands, means, the plan before a change, and labels at the end.

import { DASHES, N_PLANS } from "uptake/colours";
import { put, s } from "uptake/dom";
import { cut } from "uptake/names";
import { figure, letter, ranged } from "uptake/words";

const CEILINGS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1];
const INTERVALS = { 0.05: 1, 0.1: 2, 0.2: 2, 0.3: 3, 0.5: 2, 0.75: 3, 1: 4 };

/** Pixels of one label at the end of a curve: a name, and its figure below. */
export const END = 28;

/** The outcome that is drawn as a second line with another, by name. */
export const SECOND = { weekly_users: "habitual" };

/** The first round number from a value on: of `CEILINGS`, above them 1, 2, 5, 10, … */
function ceilingOf(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return CEILINGS.find((one) => one >= value) ?? power * (/** @type {number} */ ([1, 2, 5, 10].find((one) => one * power >= value)));
}

/** The ends of an axis that holds all that is finite in `values`: round, and with a zero. */
export function axisOf(unit, ...values) {
  let low = 0, high = 0;
  for (const some of values) {
    for (const value of some) {
      if (value < low && value > -Infinity) low = value;
      if (value > high && value < Infinity) high = value;
    }
  }
  if (unit === "share") return [0, Math.min(1, ceilingOf(high * 1.06))];
  return [low < 0 ? -ceilingOf(-low * 1.06) : 0, high > 0 || low === 0 ? ceilingOf(high * 1.06) : 0];
}

/** The y-axis: from 0 to the first round ceiling above all bands; it stands still. */
export function domainOf(outcome, plans, row) {
  return axisOf(outcome.unit, ...plans.flatMap(({ curves: { low, high } }) => {
    const weeks = low.shape[1];
    return [low, high].map((of) => of.subarray(row * weeks, (row + 1) * weeks));
  }));
}

/** Places for labels, at least `gap` apart and inside [low, high], as near as can be to `wanted`. */
export function spread(wanted, gap, low, high) {
  const order = wanted.map((_, i) => i).toSorted((a, b) => wanted[a] - wanted[b]);
  const placed = [];
  let last = -Infinity;
  for (const i of order) {
    last = Math.max(wanted[i], last + gap, low);
    placed[i] = last;
  }
  let next = high + gap;
  for (const i of order.toReversed()) {
    next = Math.min(placed[i], next - gap);
    placed[i] = next;
  }
  return placed;
}

/** Lines and words of both axes. `chart` has weeks, domain, plot and the scales at(week), y(value). */
export function drawAxes(group, chart, unit) {
  const { domain: [low, high], plot, weeks, at, y } = chart, parts = low === 0 ? INTERVALS[high] ?? 2 : 2, n = plot.height < 120 && parts === 4 ? 2 : parts;
  const even = Array.from({ length: n + 1 }, (_, i) => low + (i / n) * (high - low));
  const shown = low < 0 && high > 0 ? [low, 0, high].filter((value) => value === 0 || Math.abs(value) > 0.15 * (high - low)) : even;
  const tick = (week) => s("text", { class: "tick", x: at(week), y: plot.top + plot.height + 17, "text-anchor": "middle" }, `wk ${week}`);
  const ticks = [...new Set([1, ...[0.25, 0.5, 0.75].map((part) => Math.round(part * weeks)), weeks])];
  put(group, shown.map((value) => [
    s("line", { class: "rule", x1: plot.left, x2: plot.left + plot.width, y1: y(value), y2: y(value) }),
    s("text", { class: "tick", x: plot.left - 6, y: y(value) + 3.5, "text-anchor": "end" }, figure(value, unit)),
  ]), ticks.map(tick));
}

/** The path of an outcome over all weeks; a week without a number is a gap. */
export function pathOf({ weeks, at, y }, values, row) {
  let text = "", pen = "M";
  for (let w = 0; w < weeks; w += 1) {
    const value = values.at2(row, w), known = Number.isFinite(value);
    if (known) text += `${pen}${at(w + 1).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = known ? "L" : "M";
  }
  return text;
}

/** The band of an outcome: one closed shape for each run of weeks with numbers. */
function bandOf({ weeks, at, y }, { low, high }, row) {
  const known = (w) => w < weeks && Number.isFinite(low.at2(row, w)) && Number.isFinite(high.at2(row, w));
  const point = (values, w) => `${at(w + 1).toFixed(1)} ${y(values.at2(row, w)).toFixed(1)}`;
  let band = "";
  for (let from = 0, w = 0; w <= weeks; w += 1) {
    if (known(w)) continue;
    const run = Array.from({ length: w - from }, (_, i) => from + i);
    if (run.length) band += `M${[...run.map((i) => point(high, i)), ...run.toReversed().map((i) => point(low, i))].join("L")}Z`;
    from = w + 1;
  }
  return band;
}

/** A plan's curve: band and mean, a second line where there is one, and its ghost. */
export function curveOf(chart, plan, p, row, second) {
  const { curves, ghost } = plan;
  return s("g", { class: `curve plan-${p % N_PLANS}` },
    s("path", { class: "band", d: bandOf(chart, curves, row) }),
    ghost ? s("path", { class: "ghost", d: pathOf(chart, ghost.curves.mean, row) }) : null,
    second >= 0 ? s("path", { class: "second", d: pathOf(chart, curves.mean, second) }) : null,
    s("path", { class: "mean", d: pathOf(chart, curves.mean, row), "stroke-dasharray": DASHES[p % N_PLANS] || null }));
}

/** Names and figures at the right of the curves, none on another; letters where that is all there is room for. */
export function drawEnds(group, chart, plans, row, week, unit) {
  const { plot, y } = chart, narrow = plot.right < 60;
  const wanted = plans.map((plan) => y(plan.curves.mean.at2(row, week - 1))).map((place) => (Number.isFinite(place) ? place : plot.top + plot.height));
  const places = spread(wanted, narrow ? END / 2 : END, plot.top + 8, plot.top + plot.height - 8), x = plot.left + plot.width + 7;
  put(group, plans.map((plan, p) => {
    const { mean, low, high } = plan.curves, rough = plan.provisional ? "~" : "";
    if (narrow) return s("g", { class: `end plan-${p % N_PLANS}` }, s("text", { class: "end-name", x, y: places[p] + 4 }, letter(p)));
    return s("g", { class: `end plan-${p % N_PLANS}` },
      s("text", { class: "end-name", x, y: places[p] }, cut(plan.name, plot.right - 12, (text) => text.length * 6.4)),
      s("text", { class: "end-figure", x, y: places[p] + 13 },
        `wk ${week}: ${rough}${ranged(mean.at2(row, week - 1), low.at2(row, week - 1), high.at2(row, week - 1), unit)}`));
  }));
}
