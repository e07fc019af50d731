// The marks of people: stages as colours and shapes, or shades of what is felt; rings for managers.

import { CONSIDERING, HIDDEN, LAPSED, NONE, OWN, TRYING, UNAWARE, USING } from "uptake/colours";

export const MANAGER = 1, LEADER = 2;

/** Steps in which a share is sent. */
const STEPS = 20;

const ORDER = [HIDDEN, NONE, UNAWARE, OWN, CONSIDERING, LAPSED, TRYING, USING];

/** The path of one mark. */
function outline(context, cx, cy, r, diamond, square) {
  if (diamond) {
    const d = r * 1.3;
    context.moveTo(cx, cy - d);
    context.lineTo(cx + d, cy);
    context.lineTo(cx, cy + d);
    context.lineTo(cx - d, cy);
    context.closePath();
  } else if (square || r < 1.4) context.rect(cx - r, cy - r, 2 * r, 2 * r);
  else {
    context.moveTo(cx + r, cy);
    context.arc(cx, cy, r, 0, 7);
  }
}

/** One path of all who are `wanted`; whether there is anybody. */
function pathOf(context, scene, wanted, diamond) {
  const { x, y, size, kind } = scene;
  let any = false;
  context.beginPath();
  for (let i = 0; i < x.length; i += 1) {
    if (!wanted(i)) continue;
    any = true;
    outline(context, x[i], y[i], kind[i] === MANAGER ? size * 1.15 : size, diamond, kind[i] === LEADER);
  }
  return any;
}

function stageMarks(context, scene, wanted) {
  const { size, stage, colours } = scene;
  for (const code of ORDER) {
    if (!pathOf(context, scene, (i) => stage[i] === code && wanted(i), code === LAPSED)) continue;
    context.fillStyle = code === OWN ? colours.panel : colours.stages[code];
    context.fill();
    if (colours.edges[code] && size > 1.3) {
      context.strokeStyle = colours.edges[code];
      context.lineWidth = code === OWN ? Math.max(1, size * 0.34) : 0.8;
      context.stroke();
    }
  }
}

function shadeMarks(context, scene, wanted) {
  const { size, stage, shade, ramp, colours } = scene;
  ramp.forEach((ink, level) => {
    if (!pathOf(context, scene, (i) => stage[i] !== HIDDEN && shade[i] === level && wanted(i), false)) return;
    context.fillStyle = ink;
    context.fill();
    if (size > 1.3) {
      context.strokeStyle = colours.mark;
      context.lineWidth = 0.5;
      context.stroke();
    }
  });
  if (pathOf(context, scene, (i) => stage[i] === HIDDEN && wanted(i), false)) {
    context.fillStyle = colours.stages[HIDDEN];
    context.fill();
  }
}

/** @type {(person: number) => boolean} */
const everybody = () => true;

/** Draw the people who are `wanted`; rings around managers. */
export function drawMarks(context, scene, wanted = everybody) {
  const { x, y, size, kind, colours } = scene;
  if (scene.shade) shadeMarks(context, scene, wanted);
  else stageMarks(context, scene, wanted);
  context.beginPath();
  for (let i = 0; i < x.length; i += 1) {
    if (kind[i] !== MANAGER || !wanted(i)) continue;
    const r = size * 1.15 + Math.max(1, size * 0.45);
    context.moveTo(x[i] + r, y[i]);
    context.arc(x[i], y[i], r, 0, 7);
  }
  context.strokeStyle = colours.mark;
  context.lineWidth = Math.max(0.7, size * 0.28);
  context.stroke();
}

/** Small rings where people stood before a change, if they stand elsewhere now: ahead or behind. */
export function drawGhosts(context, scene, before) {
  const { x, y, size, stage, colours } = scene;
  const used = (code) => code === TRYING || code === USING;
  for (const [gained, dash] of [[true, []], [false, [1.5, 1.5]]]) {
    context.beginPath();
    for (let i = 0; i < x.length; i += 1) {
      const was = used(before[i] & 7), is = used(stage[i]);
      if (was === is || is !== gained) continue;
      const r = size * 1.15 + 2;
      context.moveTo(x[i] + r, y[i]);
      context.arc(x[i], y[i], r, 0, 7);
    }
    context.setLineDash(dash);
    context.strokeStyle = colours.select;
    context.lineWidth = 1.3;
    context.stroke();
  }
  context.setLineDash([]);
}

/** From this size of a mark on a ring around it can be read. */
const RING = 4.5, TOP = -Math.PI / 2, ROUND = 2 * Math.PI;

/** Whether somebody's own threshold is known in a row of a replay: others have not considered it, or none is enough. */
export const hasThreshold = (threshold) => threshold <= STEPS;

/**
 * Threshold rings of those who are `wanted`: the ring is all the attention they give, the arc what of
 * it meets use they can see, the tick where use in a week becomes as likely as not.
 */
export function drawThresholds(context, scene, { seen, threshold }, wanted, least = 0) {
  const { x, y, size, colours } = scene, r = Math.max(size * 1.15 + 3, least), people = [];
  if (!least && size < RING) return;
  for (let i = 0; i < x.length; i += 1) if (wanted(i) && hasThreshold(threshold[i])) people.push(i);
  const arcs = (colour, width, path) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    people.forEach(path);
    context.stroke();
  };
  const arc = (i, part) => {
    context.moveTo(x[i], y[i] - r);
    context.arc(x[i], y[i], r, TOP, TOP + ROUND * part);
  };
  arcs(colours.grid, 2, (i) => arc(i, 1));
  arcs(colours.ray, 2, (i) => arc(i, Math.min(1, seen[i] / STEPS)));
  arcs(colours.ink, 1.6, (i) => {
    const angle = TOP + ROUND * (threshold[i] / STEPS);
    context.moveTo(x[i] + (r - 2.5) * Math.cos(angle), y[i] + (r - 2.5) * Math.sin(angle));
    context.lineTo(x[i] + (r + 2.5) * Math.cos(angle), y[i] + (r + 2.5) * Math.sin(angle));
  });
}

/** A colour as the four bytes of a pixel. */
export function inkOf(colour) {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  return new Uint32Array(new Uint8ClampedArray([r, g, b, 255]).buffer)[0];
}

/** Thousands of people: squares of a few pixels, written one by one, which is far quicker. */
export function writeMarks(pixels, scene, inks, scale, wanted, ground = null) {
  const { x, y, size, kind, stage, shade } = scene;
  const page = new Uint32Array(pixels.data.buffer), across = pixels.width;
  if (ground) page.set(ground);
  else page.fill(0);
  for (let i = 0; i < x.length; i += 1) {
    if (wanted && !wanted(i)) continue;
    const side = Math.max(1, Math.round((kind[i] === MANAGER ? 1.5 : 1) * size * 1.7 * scale));
    const ink = shade && stage[i] !== HIDDEN ? inks.ramp[shade[i]] : inks.stages[stage[i]];
    const left = Math.round(x[i] * scale - side / 2), up = Math.round(y[i] * scale - side / 2);
    if (left < 0 || up < 0 || left + side > across || up + side > pixels.height) continue;
    for (let row = up; row < up + side; row += 1) page.fill(ink, row * across + left, row * across + left + side);
  }
}
