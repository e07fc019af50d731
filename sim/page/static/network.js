// One plan's people, drawn on a canvas: stages as colours and shapes, ties, teams.

import { BEGINS, CONSIDERING, HIDDEN, LAPSED, NONE, OWN, TRYING, UNAWARE, USING } from "uptake/colours";
import { linesOf } from "uptake/layout";

const MANAGER = 1, LEADER = 2;
const ORDER = [HIDDEN, NONE, UNAWARE, OWN, CONSIDERING, LAPSED, TRYING, USING];
const TRAVELLERS = 160, SMALL = 1.5;

/** Where each person's stage turns between two weeks, so that not all turn at once. */
const turns = (people) => Float32Array.from({ length: people }, (_, i) => 0.15 + 0.7 * (((i * 2654435761) >>> 8) % 1000) / 1000);

/**
 * Who got it from whom: for everybody who begins to consider the tool in the week after row `week`
 * of `state`, the one they listen to most of those who used it in that row, as [from, to].
 * `listens` gives a person's ties, the strongest first, and `target` whom each leads to.
 */
export function carriersOf(state, week, listens, target) {
  const [weeks, people] = state.shape, now = week * people, next = now + people, found = [];
  for (let i = 0; i < people && week + 1 < weeks; i += 1) {
    if (!(state[next + i] & BEGINS)) continue;
    const tie = listens(i).find((k) => state[now + target[k]] >> 3 & 7);
    if (tie !== undefined) found.push([target[tie], i]);
  }
  return found;
}

/**
 * A network on `canvas`. `view` gives what is shared: layout, organisation, focus (degrees of
 * everybody or null), team, person, hover. Returns draw, hit, show and refresh.
 */
export function createNetwork(canvas, view) {
  const { layout, organisation } = view;
  const context = canvas.getContext("2d");
  const under = document.createElement("canvas"), specks = document.createElement("canvas");
  const speckled = specks.getContext("2d");
  const x = new Float32Array(layout.people), y = new Float32Array(layout.people);
  const turn = turns(layout.people);
  const stage = new Uint8Array(layout.people);
  let width = 0, height = 0, scale = 1, size = 2, radius = 10, cell = [1, 1], top = 0;
  let state = null, weeks = 0, colours = null, pixels = null, ground = null, inks = [], travellers = [], travelWeek = -1;

  /** Another run of the same people. */
  function show(replay) {
    state = replay.state;
    [weeks] = state.shape;
    travelWeek = -1;
  }

  /** Another size of the canvas, or other colours. */
  function refresh(palette) {
    colours = palette;
    const box = canvas.getBoundingClientRect();
    if (!box.width || !box.height) return;
    scale = Math.min(2, window.devicePixelRatio || 1);
    width = box.width;
    height = box.height;
    for (const one of [canvas, under, specks]) {
      one.width = Math.round(width * scale);
      one.height = Math.round(height * scale);
    }
    pixels = speckled.createImageData(specks.width, specks.height);
    inks = colours.stages.map((stage, code) => inkOf(code === OWN ? colours.edges[OWN] : stage));
    place();
    drawUnder();
  }

  /** A colour as the four bytes of a pixel. */
  function inkOf(colour) {
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
    return new Uint32Array(new Uint8ClampedArray([r, g, b, 255]).buffer)[0];
  }

  function place() {
    cell = [width / layout.columns, height / layout.rows];
    const lines = cell[0] > 44 && cell[1] > 34 ? (cell[1] > 56 ? 2 : 1) : 0;
    top = lines ? 4 + 10 * lines : 1;
    radius = Math.max(2, Math.min(cell[0] / 2 - 2, (cell[1] - top) / 2 - 1));
    size = Math.max(0.9, Math.min(6.5, radius * layout.spacing * 0.5));
    for (let i = 0; i < layout.people; i += 1) {
      const [cx, cy] = centre(layout.team[i]);
      x[i] = cx + layout.dx[i] * radius;
      y[i] = cy + layout.dy[i] * radius;
    }
  }

  function centre(team) {
    const column = team % layout.columns, row = (team - column) / layout.columns;
    return [(column + 0.5) * cell[0], row * cell[1] + top + (cell[1] - top) / 2];
  }

  function drawUnder() {
    const pen = under.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const { source, target, weight } = organisation.ties;
    const least = layout.people > 1500 ? 64 : 0;
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
    if (top > 4) labels(pen);
    ground = size < SMALL ? pixelsUnder() : null;
  }

  /** Read through a copy that is made for it: the canvas itself stays where drawing is quick. */
  function pixelsUnder() {
    const { width: wide, height: tall } = under;
    const copy = Object.assign(document.createElement("canvas"), { width: wide, height: tall });
    const pen = copy.getContext("2d", { willReadFrequently: true });
    pen.drawImage(under, 0, 0);
    return new Uint32Array(pen.getImageData(0, 0, wide, tall).data.buffer);
  }

  function labels(pen) {
    pen.font = `600 9px ${getComputedStyle(canvas).fontFamily}`;
    pen.textAlign = "center";
    pen.fillStyle = colours.muted;
    const most = top > 20 ? 2 : 1, measure = (text) => pen.measureText(text).width;
    organisation.teams.name.forEach((name, team) => {
      const [cx, cy] = centre(team);
      const lines = linesOf(name, cell[0] - 3, measure, most);
      const base = cy - (cell[1] - top) / 2 - 3;
      lines.forEach((line, i) => pen.fillText(line, cx, base - (lines.length - 1 - i) * 10));
    });
  }

  function stagesAt(position) {
    const week = Math.min(weeks - 1, Math.floor(position) - 1), part = position - Math.floor(position);
    const now = week * layout.people, next = Math.min(weeks - 1, week + 1) * layout.people;
    for (let i = 0; i < layout.people; i += 1) {
      stage[i] = state[(part > turn[i] ? next : now) + i] & 7;
    }
    return [week, part];
  }

  function draw(position) {
    if (!width || !state) return;
    const [week, part] = stagesAt(position), { focus } = view, glows = colours.dark || view.glow;
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (ground && !focus && !glows) {
      speckle(null, ground);
      context.putImageData(pixels, 0, 0); // all at once: half the time of one layer on another
    } else {
      context.clearRect(0, 0, canvas.width, canvas.height);
      if (glows) glow();
      context.drawImage(under, 0, 0);
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    if (view.team !== null) outline(view.team);
    if (focus) {
      context.globalAlpha = 0.13;
      dots((i) => focus[i] === 255);
      context.globalAlpha = 1;
      near(focus);
      dots((i) => focus[i] !== 255);
    } else if (glows || !ground) dots(null);
    if (part > 0 && !focus) travel(week, part);
    for (const person of [view.person, view.hover]) if (person !== null) ring(person);
  }

  function glow() {
    const using = new Float32Array(layout.teams), all = new Float32Array(layout.teams);
    for (let i = 0; i < layout.people; i += 1) {
      all[layout.team[i]] += 1;
      using[layout.team[i]] += stage[i] === USING ? 1 : stage[i] === TRYING ? 0.35 : 0;
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    for (let t = 0; t < layout.teams; t += 1) {
      const bright = all[t] ? using[t] / all[t] : 0;
      if (bright < 0.02) continue;
      const [cx, cy] = centre(t);
      const light = context.createRadialGradient(cx, cy, 0, cx, cy, radius * 1.25);
      light.addColorStop(0, colours.glow);
      light.addColorStop(1, "transparent");
      context.globalAlpha = 0.55 * bright;
      context.fillStyle = light;
      context.fillRect(cx - radius * 1.3, cy - radius * 1.3, radius * 2.6, radius * 2.6);
    }
    context.globalAlpha = 1;
  }

  /** Thousands of people: squares of a few pixels, written one by one, which is far quicker. */
  function speckle(wanted, on = null) {
    const { kind } = organisation.people;
    const page = new Uint32Array(pixels.data.buffer), across = pixels.width;
    if (on) page.set(on);
    else page.fill(0);
    for (let i = 0; i < layout.people; i += 1) {
      if (wanted && !wanted(i)) continue;
      const side = Math.max(1, Math.round((kind[i] === MANAGER ? 1.5 : 1) * size * 1.7 * scale)), ink = inks[stage[i]];
      const left = Math.round(x[i] * scale - side / 2), up = Math.round(y[i] * scale - side / 2);
      if (left < 0 || up < 0 || left + side > across || up + side > pixels.height) continue;
      for (let row = up; row < up + side; row += 1) page.fill(ink, row * across + left, row * across + left + side);
    }
  }

  function dots(wanted) {
    if (size < SMALL) {
      speckle(wanted);
      speckled.putImageData(pixels, 0, 0);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(specks, 0, 0);
      context.setTransform(scale, 0, 0, scale, 0, 0);
      return;
    }
    const { kind } = organisation.people;
    for (const code of ORDER) {
      context.beginPath();
      let any = false;
      for (let i = 0; i < layout.people; i += 1) {
        if (stage[i] !== code || (wanted && !wanted(i))) continue;
        any = true;
        mark(x[i], y[i], kind[i] === MANAGER ? size * 1.15 : size, code, kind[i] === LEADER);
      }
      if (!any) continue;
      context.fillStyle = code === OWN ? colours.panel : colours.stages[code];
      context.fill();
      if (colours.edges[code] && size > 1.3) {
        context.strokeStyle = colours.edges[code];
        context.lineWidth = code === OWN ? Math.max(1, size * 0.34) : 0.8;
        context.stroke();
      }
    }
    context.beginPath();
    for (let i = 0; i < layout.people; i += 1) {
      if (kind[i] !== MANAGER || (wanted && !wanted(i))) continue;
      const r = size * 1.15 + Math.max(1, size * 0.45);
      context.moveTo(x[i] + r, y[i]);
      context.arc(x[i], y[i], r, 0, 7);
    }
    context.strokeStyle = colours.mark;
    context.lineWidth = Math.max(0.7, size * 0.28);
    context.stroke();
  }

  function mark(cx, cy, r, code, square) {
    if (code === LAPSED) {
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

  function outline(team) {
    const [cx, cy] = centre(team);
    context.strokeStyle = colours.mark;
    context.lineWidth = 1.3;
    context.setLineDash([4, 3]);
    context.strokeRect(cx - cell[0] / 2 + 1.5, cy - (cell[1] - top) / 2 - top + 2, cell[0] - 3, cell[1] - 3);
    context.setLineDash([]);
  }

  /** The ties among those in focus. */
  function near(focus) {
    const { source, target } = organisation.ties;
    context.strokeStyle = colours.mark;
    context.globalAlpha = 0.5;
    context.lineWidth = 0.9;
    context.beginPath();
    for (let k = 0; k < source.length; k += 1) {
      const a = focus[source[k]], b = focus[target[k]];
      if (a === 255 || b === 255 || a === b) continue;
      context.moveTo(x[source[k]], y[source[k]]);
      context.lineTo(x[target[k]], y[target[k]]);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  function ring(person) {
    context.strokeStyle = colours.select;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x[person], y[person], size + 4, 0, 7);
    context.stroke();
    context.globalAlpha = 0.8;
    context.lineWidth = 1;
    context.beginPath();
    for (const k of view.listens(person)) {
      const other = organisation.ties.target[k];
      context.moveTo(x[person], y[person]);
      context.lineTo(x[other], y[other]);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  /** Dots that travel to those who begin to consider it next week, from whom they see using it. */
  function travel(week, part) {
    if (travelWeek !== week) {
      travelWeek = week;
      travellers = carriersOf(state, week, view.listens, organisation.ties.target).slice(0, TRAVELLERS);
    }
    const fade = Math.sin(Math.PI * Math.min(1, part));
    context.fillStyle = colours.select;
    context.globalAlpha = 0.9 * fade;
    context.beginPath();
    for (const [from, to] of travellers) {
      const eased = part * part * (3 - 2 * part);
      const cx = x[from] + (x[to] - x[from]) * eased, cy = y[from] + (y[to] - y[from]) * eased;
      const r = Math.max(1, size * 0.55);
      context.moveTo(cx + r, cy);
      context.arc(cx, cy, r, 0, 7);
    }
    context.fill();
    context.globalAlpha = 1;
  }

  /** The person at a place of the canvas, the team there, or null. */
  function hit(px, py) {
    let best = null, least = Math.max(5, size * 2) ** 2;
    for (let i = 0; i < layout.people; i += 1) {
      const distance = (x[i] - px) ** 2 + (y[i] - py) ** 2;
      if (distance < least) [best, least] = [i, distance];
    }
    const column = Math.floor(px / cell[0]), row = Math.floor(py / cell[1]);
    const team = row * layout.columns + column;
    return { person: best, team: column < layout.columns && team >= 0 && team < layout.teams ? team : null };
  }

  return { draw, hit, refresh, show, at: (person) => [x[person], y[person]] };
}
