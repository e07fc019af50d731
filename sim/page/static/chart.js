// The curves of the time deck: axis, bands, means, the plan before a change, and labels at the end.

import { DASHES, N_PLANS } from "uptake/colours";
import { put, s } from "uptake/dom";
import { cut } from "uptake/names";
import { figure, ranged } from "uptake/words";

const CEILINGS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1];
const INTERVALS = { 0.05: 1, 0.1: 2, 0.2: 2, 0.3: 3, 0.5: 2, 0.75: 3, 1: 4 };

/** Pixels of one label at the end of a curve: a name, and its figure below. */
export const END = 28;

/** The outcome that is drawn as a second line with another, by name. */
export const SECOND = { weekly_users: "habitual" };

/** The y-axis: for shares from 0 to the first round ceiling above all bands; it stands still. */
export function domainOf(outcome, plans, row) {
  let low = 0, high = 0;
  for (const { curves } of plans) {
    const weeks = curves.mean.shape[1];
    for (let w = 0; w < weeks; w += 1) {
      high = Math.max(high, curves.high.at2(row, w));
      low = Math.min(low, curves.low.at2(row, w));
    }
  }
  const ceiling = CEILINGS.find((one) => one >= high * 1.06) ?? 1;
  return outcome.unit === "share" ? [0, ceiling] : [low < 0 ? -(CEILINGS.find((one) => one >= -low * 1.06) ?? 1) : 0, ceiling];
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
  const { domain, plot, weeks, at, y } = chart;
  const parts = domain[0] === 0 ? INTERVALS[domain[1]] ?? 2 : 2, n = plot.height < 120 && parts === 4 ? 2 : parts;
  const shown = Array.from({ length: n + 1 }, (_, i) => domain[0] + (i / n) * (domain[1] - domain[0]));
  const tick = (week) => s("text", { class: "tick", x: at(week), y: plot.top + plot.height + 17, "text-anchor": "middle" }, `wk ${week}`);
  const ticks = [...new Set([1, ...[0.25, 0.5, 0.75].map((part) => Math.round(part * weeks)), weeks])];
  put(group, shown.map((value) => [
    s("line", { class: "rule", x1: plot.left, x2: plot.left + plot.width, y1: y(value), y2: y(value) }),
    s("text", { class: "tick", x: plot.left - 6, y: y(value) + 3.5, "text-anchor": "end" }, figure(value, unit)),
  ]), ticks.map(tick));
}

/** The path of an outcome over all weeks. */
export function pathOf({ weeks, at, y }, values, row) {
  let text = "";
  for (let w = 0; w < weeks; w += 1) text += `${w ? "L" : "M"}${at(w + 1).toFixed(1)} ${y(values.at2(row, w)).toFixed(1)}`;
  return text;
}

function bandOf(chart, { low, high }, row) {
  let band = pathOf(chart, high, row);
  for (let w = chart.weeks - 1; w >= 0; w -= 1) band += `L${chart.at(w + 1).toFixed(1)} ${chart.y(low.at2(row, w)).toFixed(1)}`;
  return `${band}Z`;
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

/** Names and figures at the right of the curves, none on another. */
export function drawEnds(group, chart, plans, row, week, unit) {
  const { plot, y } = chart;
  if (plot.right < 60) {
    put(group);
    return;
  }
  const wanted = plans.map((plan) => y(plan.curves.mean.at2(row, week - 1)));
  const places = spread(wanted, END, plot.top + 8, plot.top + plot.height - 8), x = plot.left + plot.width + 7;
  put(group, plans.map((plan, p) => {
    const { mean, low, high } = plan.curves, rough = plan.provisional ? "~" : "";
    return s("g", { class: `end plan-${p % N_PLANS}` },
      s("text", { class: "end-name", x, y: places[p] }, cut(plan.name, plot.right - 12, (text) => text.length * 6.4)),
      s("text", { class: "end-figure", x, y: places[p] + 13 },
        `wk ${week}: ${rough}${ranged(mean.at2(row, week - 1), low.at2(row, week - 1), high.at2(row, week - 1), unit)}`));
  }));
}
