// Who got it from whom, counted from the run: one week's rays, and the tree that they make.

import { BEGINS } from "uptake/colours";

/**
 * For everybody who begins to consider the tool in the week after row `week` of `state`, the one
 * they listen to most of those who used it in that row, as [from, to]. `listens` gives a
 * person's ties, the strongest first, and `target` whom each leads to.
 */
export function carriersOf(state, week, listens, target) {
  const [weeks, people] = state.shape, now = week * people, next = now + people, found = [];
  if (week + 1 >= weeks) return found;
  for (let i = 0; i < people; i += 1) {
    if (!(state[next + i] & BEGINS)) continue;
    const tie = listens(i).find((k) => state[now + target[k]] >> 3 & 7);
    if (tie !== undefined) found.push([target[tie], i]);
  }
  return found;
}

/** From whom everybody got it in the whole run (−1: from nobody here), and in which week (0: never). */
export function treeOf(state, listens, target) {
  const [weeks, people] = state.shape;
  const from = new Int32Array(people).fill(-1), week = new Uint16Array(people);
  for (let w = 0; w + 1 < weeks; w += 1) {
    for (const [source, to] of carriersOf(state, w, listens, target)) {
      if (week[to]) continue;
      from[to] = source;
      week[to] = w + 2; // weeks count from one, and they begin in the week after
    }
  }
  return { from, week };
}

/** Who got it from a person, or one of several, by a week: directly (1) or through others (2, 3 …); 0 for the rest. */
export function reachOf({ from, week }, person, until) {
  const step = new Uint8Array(from.length), sources = new Set([person].flat()), order = [...from.keys()].filter((i) => week[i] && week[i] <= until);
  order.sort((a, b) => week[a] - week[b]);
  for (const i of order) {
    if (sources.has(from[i])) step[i] = 1;
    else if (step[from[i]]) step[i] = Math.min(254, step[from[i]] + 1);
  }
  return step;
}

/** The rays of a week and the two before it, the newest last: [[from, to, age], …]. */
export function recentRays({ from, week }, now, most = 400) {
  const found = [];
  for (let i = 0; i < from.length; i += 1) {
    const age = now - week[i];
    if (week[i] && age >= 0 && age < 3) found.push([from[i], i, age]);
  }
  return found.toSorted((a, b) => b[2] - a[2]).slice(-most);
}

/** A curve from one person to another, bent a little so that two ways differ. */
export function bent(context, x1, y1, x2, y2) {
  const mx = (x1 + x2) / 2 - (y2 - y1) * 0.14, my = (y1 + y2) / 2 + (x2 - x1) * 0.14;
  context.moveTo(x1, y1);
  context.quadraticCurveTo(mx, my, x2, y2);
}

/** Draw rays; the older the fainter. */
export function drawRays(context, rays, x, y, colour, strong) {
  context.strokeStyle = colour;
  for (const age of [2, 1, 0]) {
    context.globalAlpha = [0.85, 0.4, 0.18][age];
    context.lineWidth = strong ? 1.7 : 1;
    context.beginPath();
    for (const [a, b, old] of rays) if (old === age) bent(context, x[a], y[a], x[b], y[b]);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/**
 * Draw everything that came from a person, straight or through others.
 * @param {Tree} tree
 */
export function drawReach(context, tree, step, x, y, colour) {
  context.strokeStyle = colour;
  for (const [first, alpha, width] of [[false, 0.5, 1], [true, 0.95, 2]]) {
    context.globalAlpha = alpha;
    context.lineWidth = width;
    context.beginPath();
    for (let i = 0; i < step.length; i += 1) {
      if (step[i] && (step[i] === 1) === first) bent(context, x[tree.from[i]], y[tree.from[i]], x[i], y[i]);
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}
