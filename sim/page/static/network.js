// One plan's people, drawn on a canvas: marks, ties, teams, and how use spreads.

import { CONSIDERING, OWN, TRYING, USING } from "uptake/colours";
import { placed, teamAt } from "uptake/layout";
import { drawGhosts, drawMarks, drawThresholds, inkOf, writeMarks } from "uptake/marks";
import { cut, inLine } from "uptake/names";
import { drawRays, drawReach, reachOf, recentRays, treeOf } from "uptake/rays";

const SMALL = 1.5, TRAVELLERS = 160, STEPS = 20;
/** Pixels around a cluster for the rings of thresholds, on the stage. */
const RIM = 9;

/** Where each person's stage turns between two weeks, so that not all turn at once. */
const turns = (people) => Float32Array.from({ length: people }, (_, i) => 0.15 + 0.7 * (((i * 2654435761) >>> 8) % 1000) / 1000);

/**
 * Ties and words, which stand still: drawn once a size.
 * @param {Organisation} organisation
 */
function drawUnder(pen, scene, organisation, least) {
  const { x, y, layout, colours } = scene, { source, target, weight } = organisation.ties;
  pen.lineWidth = 0.6;
  for (const across of [false, true]) {
    pen.strokeStyle = colours.tie;
    pen.globalAlpha = across ? 0.32 : 0.6;
    pen.beginPath();
    for (let k = 0; k < source.length; k += 1) {
      const a = source[k], b = target[k];
      if ((layout.team[a] !== layout.team[b]) !== across || weight[k] < least) continue;
      pen.moveTo(x[a], y[a]);
      pen.lineTo(x[b], y[b]);
    }
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

/** Divisions and teams by name, over their boxes. */
function drawNames(pen, scene, family) {
  const { heads, labels, colours, width: room } = scene, measure = (text) => pen.measureText(text).width;
  pen.textAlign = "left";
  pen.font = `650 11px ${family}`;
  for (let strip = 0; heads.some((one) => one.strip === strip); strip += 1) {
    const here = heads.filter((one) => one.strip === strip), names = here.map(({ name, x }) => ({ name, x: x + 3 }));
    pen.fillStyle = colours.grid;
    for (const { x, y, width } of here) pen.fillRect(x + 1, y + 0.5, width - 2, 1);
    pen.fillStyle = colours.ink;
    for (const { text, x } of inLine(names, room - 2, measure)) pen.fillText(text, x, here[0].y + 11);
  }
  pen.textAlign = "center";
  pen.font = `500 10.5px ${family}`;
  pen.fillStyle = colours.muted;
  for (const { text, x, y, width } of labels) pen.fillText(cut(text, width, measure), x, y);
}

/** Light behind teams in which the tool is used. */
function drawGlow(context, scene) {
  const { layout, centres, radius, stage, colours } = scene;
  const using = new Float32Array(layout.teams), all = new Float32Array(layout.teams);
  for (let i = 0; i < layout.people; i += 1) {
    all[layout.team[i]] += 1;
    using[layout.team[i]] += stage[i] === USING ? 1 : stage[i] === TRYING ? 0.35 : 0;
  }
  centres.forEach(([cx, cy], t) => {
    const bright = all[t] ? using[t] / all[t] : 0;
    if (bright < 0.02) return;
    const light = context.createRadialGradient(cx, cy, 0, cx, cy, radius * 1.25);
    light.addColorStop(0, colours.glow);
    light.addColorStop(1, "transparent");
    context.globalAlpha = 0.55 * bright;
    context.fillStyle = light;
    context.fillRect(cx - radius * 1.3, cy - radius * 1.3, radius * 2.6, radius * 2.6);
  });
  context.globalAlpha = 1;
}

function drawOutline(context, [l, t, w, h], colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1.4;
  context.setLineDash([4, 3]);
  context.strokeRect(l + 1.5, t + 1, w - 3, h - 2);
  context.setLineDash([]);
}

/** The ties among those in focus. */
function drawNear(context, scene, ties, focus) {
  const { x, y, colours } = scene;
  context.strokeStyle = colours.mark;
  context.globalAlpha = 0.5;
  context.lineWidth = 0.9;
  context.beginPath();
  for (let k = 0; k < ties.source.length; k += 1) {
    const a = focus[ties.source[k]], b = focus[ties.target[k]];
    if (a === 255 || b === 255 || a === b) continue;
    context.moveTo(x[ties.source[k]], y[ties.source[k]]);
    context.lineTo(x[ties.target[k]], y[ties.target[k]]);
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** A ring around a person, and lines to those they listen to. */
function drawPerson(context, scene, person, others) {
  const { x, y, size, colours } = scene;
  context.strokeStyle = colours.select;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x[person], y[person], size + 4, 0, 7);
  context.stroke();
  context.globalAlpha = 0.8;
  context.lineWidth = 1;
  context.beginPath();
  for (const other of others) {
    context.moveTo(x[person], y[person]);
    context.lineTo(x[other], y[other]);
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** Light that travels along the ties that carry it to those who begin next week. */
function drawTravellers(context, scene, rays, part) {
  const { x, y, size, colours } = scene, eased = part * part * (3 - 2 * part);
  context.fillStyle = colours.ray;
  context.globalAlpha = 0.95 * Math.sin(Math.PI * Math.min(1, part));
  context.beginPath();
  for (const [from, to] of rays) {
    const u = 1 - eased, mx = (x[from] + x[to]) / 2 - (y[to] - y[from]) * 0.14, my = (y[from] + y[to]) / 2 + (x[to] - x[from]) * 0.14;
    const cx = u * u * x[from] + 2 * u * eased * mx + eased * eased * x[to], cy = u * u * y[from] + 2 * u * eased * my + eased * eased * y[to];
    const r = Math.max(1.6, size * 0.6);
    context.moveTo(cx + r, cy);
    context.arc(cx, cy, r, 0, 7);
  }
  context.fill();
  context.globalAlpha = 1;
}

/** The person nearest to a place, if near enough; or null. */
function nearest({ x, y, size }, px, py) {
  let best = null, least = Math.max(5, size * 2) ** 2;
  for (let i = 0; i < x.length; i += 1) {
    const distance = (x[i] - px) ** 2 + (y[i] - py) ** 2;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

/** The size at which a canvas is shown, drawn so: sharp, and never stretched. */
function sized(canvas, others, scale) {
  const { clientWidth: width, clientHeight: height } = canvas;
  for (const one of [canvas, ...others]) {
    one.width = Math.round(width * scale);
    one.height = Math.round(height * scale);
  }
  return { width, height };
}

const layer = () => document.createElement("canvas");

/**
 * A network on `canvas`. `view` gives what is shared: layout, organisation, listens, focus (degrees
 * of everybody or null), team, person, hover, and whether rays are wanted. Returns draw(position),
 * hit(x, y), show(replay, before, levels, leads), refresh(colours) and at(person); `leads` are people whose
 * reach is drawn.
 */
export function createNetwork(canvas, view) {
  /** @type {Record<string, any>} */
  const net = {
    canvas, view, context: canvas.getContext("2d"), under: layer(), specks: layer(), turn: turns(view.layout.people),
    scene: null, replay: null, before: null, levels: null, leads: null, tree: null, rays: { week: -1, list: [] }, reach: { key: "", step: null },
  };
  return {
    draw: (position) => draw(net, position),
    hit: (px, py) => (net.scene ? { person: nearest(net.scene, px, py), team: teamAt(net.scene.boxes, px, py) } : { person: null, team: null }),
    refresh: (colours) => refresh(net, colours),
    show(replay, before = null, levels = null, leads = null) {
      Object.assign(net, { replay, before, levels, leads, tree: null, rays: { week: -1, list: [] }, reach: { key: "", step: null } });
    },
    at: (person) => [net.scene.x[person], net.scene.y[person]],
    tree: () => treeNow(net),
  };
}

function treeNow(net) {
  net.tree ??= treeOf(net.replay.state, net.view.listens, net.view.organisation.ties.target);
  return net.tree;
}

/** Another size of the canvas, or other colours. */
function refresh(net, colours) {
  const { canvas, view, under, specks } = net;
  const scale = Math.min(2, window.devicePixelRatio || 1), { width, height } = sized(canvas, [under, specks], scale);
  if (!width || !height) {
    net.scene = null;
    return;
  }
  const { layout, organisation } = view;
  net.scene = {
    ...placed(layout, width, height, view.large && width > 400 ? RIM : 0), layout, colours, scale, width, height, kind: organisation.people.kind,
    stage: new Uint8Array(layout.people), shade: null, ramp: null,
  };
  net.pixels = specks.getContext("2d").createImageData(specks.width, specks.height);
  net.inks = { stages: colours.stages.map((ink, code) => inkOf(code === OWN ? colours.edges[OWN] : ink)), ramp: [] };
  const pen = under.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  drawUnder(pen, net.scene, organisation, layout.people > 1500 ? 64 : 0);
  drawNames(pen, net.scene, getComputedStyle(canvas).fontFamily);
  net.ground = net.scene.size < SMALL ? pixelsUnder(under) : null;
}

/** Read through a copy that is made for it: the canvas itself stays where drawing is quick. */
function pixelsUnder(under) {
  const copy = Object.assign(layer(), { width: under.width, height: under.height });
  const pen = /** @type {CanvasRenderingContext2D} */ (copy.getContext("2d", { willReadFrequently: true }));
  pen.drawImage(under, 0, 0);
  return new Uint32Array(pen.getImageData(0, 0, under.width, under.height).data.buffer);
}

/** Stages, and shades where a feeling is shown, at a place in time. */
function settle(net, position) {
  const { scene, replay, levels, turn } = net, { state } = replay, [weeks] = state.shape, { people } = scene.layout;
  const week = Math.min(weeks - 1, Math.floor(position) - 1), part = position - Math.floor(position);
  const now = week * people, next = Math.min(weeks - 1, week + 1) * people;
  for (let i = 0; i < people; i += 1) scene.stage[i] = state[(part > turn[i] ? next : now) + i] & 7;
  scene.ramp = levels ? scene.colours[levels.ramp] : null;
  scene.shade = levels ? shades(net, week, scene.ramp.length) : null;
  if (levels) net.inks.ramp = scene.ramp.map(inkOf);
  return [week, part];
}

/** The step of the ramp of everybody in a week. */
function shades({ scene, levels }, week, steps) {
  const { people } = scene.layout;
  scene.kept ??= new Uint8Array(people);
  for (let i = 0; i < people; i += 1) scene.kept[i] = Math.min(steps - 1, Math.floor(levels.at(week, i) * steps * 0.9999));
  return scene.kept;
}

function draw(net, position) {
  const { scene, view, context, canvas, under } = net;
  if (!scene || !net.replay) return;
  const [week, part] = settle(net, position), { focus } = view, { colours, scale } = scene;
  const glows = colours.dark && !scene.shade;
  context.setTransform(1, 0, 0, 1, 0, 0);
  const quick = net.ground && !focus && !glows;
  if (quick) {
    writeMarks(net.pixels, scene, net.inks, scale, null, net.ground);
    context.putImageData(net.pixels, 0, 0); // all at once: half the time of one layer on another
  } else {
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    if (glows) drawGlow(context, scene);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(under, 0, 0);
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  if (view.team !== null) drawOutline(context, scene.boxes[view.team], colours.mark);
  if (!focus) spreading(net, week + 1);
  if (focus) {
    context.globalAlpha = 0.13;
    drawPeople(net, (i) => focus[i] === 255);
    context.globalAlpha = 1;
    drawNear(context, scene, view.organisation.ties, focus);
    drawPeople(net, (i) => focus[i] !== 255);
  } else if (!quick) drawPeople(net, null);
  if (net.before && !scene.shade) drawGhosts(context, scene, net.before.subarray(week * scene.layout.people));
  if (part > 0 && !focus) drawTravellers(context, scene, travellers(net, week), part);
  rings(net, week);
  for (const person of new Set([view.person, view.hover, ...(net.leads?.length === 1 ? net.leads : [])])) {
    if (person !== null) drawPerson(context, scene, person, view.listens(person).map((k) => view.organisation.ties.target[k]));
  }
}

function drawPeople(net, wanted) {
  const { scene, context, specks } = net;
  if (scene.size >= SMALL) {
    drawMarks(context, scene, wanted ?? undefined);
    return;
  }
  writeMarks(net.pixels, scene, net.inks, scene.scale, wanted);
  specks.getContext("2d").putImageData(net.pixels, 0, 0);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(specks, 0, 0);
  context.setTransform(scene.scale, 0, 0, scene.scale, 0, 0);
}

/** Threshold rings: on the stage of all who consider or try it, else of the one who is pointed at. */
function rings(net, week) {
  const { scene, view, replay, context } = net, { people } = scene.layout, from = week * people;
  if (!replay.seen) return; // of real people, or only stages are known as yet
  const planes = { seen: replay.seen.subarray(from, from + people), threshold: replay.threshold.subarray(from, from + people) };
  const { focus } = view;
  if (view.large) drawThresholds(context, scene, planes, (i) => (scene.stage[i] === CONSIDERING || scene.stage[i] === TRYING) && (!focus || focus[i] !== 255));
  for (const person of [view.person, view.hover]) if (person !== null) drawThresholds(context, scene, planes, (i) => i === person, 11);
}

/** The rays of these weeks; for a person under the pointer, for leaders, for who starts: all that came from them. */
function spreading(net, week) {
  const { view, scene, context } = net, { x, y, colours } = scene;
  const sources = view.hover === null ? net.leads ?? view.leaders : [view.hover];
  if (sources && view.rays) {
    const key = `${sources} ${week}`;
    if (net.reach.key !== key) net.reach = { key, step: reachOf(treeNow(net), sources, week) };
    drawReach(context, treeNow(net), net.reach.step, x, y, colours.ray);
  } else if (view.rays) {
    drawRays(context, recentRays(treeNow(net), week, scene.layout.people > 1500 ? 200 : 400), x, y, colours.ray, view.large);
  }
}

function travellers(net, week) {
  if (net.rays.week !== week) {
    net.rays = { week, list: recentRays(treeNow(net), week + 2, 4 * TRAVELLERS).filter(([, , age]) => age === 0).slice(0, TRAVELLERS) };
  }
  return net.rays.list;
}

/**
 * A value of everybody by week, from a plane of a replay or from the means of their teams.
 * @param {Model} model
 */
export function levelsOf(model, plan, outcome) {
  const { replay, teams } = plan, { people, team } = model.layout;
  const ramp = outcome.startsWith("fear") || outcome === "cynicism" ? "warm" : "cool";
  const plane = replay[outcome];
  if (plane) return { ramp, at: (week, i) => plane[week * people + i] / STEPS };
  const row = teams && model.payload.team_outcomes.indexOf(outcome);
  if (outcome === "climate" && row >= 0) return { ramp, at: (week, i) => teams.mean.at3(row, week, team[i]) };
  return null;
}
