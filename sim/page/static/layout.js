// One place for every team and person, the same on all sides and for ever: divisions on strips,
// their teams on a grid, in each the manager in the middle and the others in a spiral around.

import { divisionsOf } from "uptake/names";

const GOLDEN = Math.PI * (3 - Math.sqrt(5));
const ASPECT = 1.45, CLUSTER = 0.78, HEAD = 0.22;
const HEADER = 14, LABEL = 12, NAME = 34;

/**
 * Divisions of so many teams on strips of `deep` rows and up to `columns` columns:
 * {strips: [[division, …], …], widest}, or null where one is too large.
 */
export function strips(sizes, columns, deep) {
  /** @type {number[][]} */
  const found = [[]];
  let used = 0, widest = 0;
  for (let g = 0; g < sizes.length; g += 1) {
    const wide = Math.ceil(sizes[g] / deep);
    if (wide > columns) return null;
    if (used + wide > columns) {
      found.push([]);
      used = 0;
    }
    used += wide;
    widest = Math.max(widest, used);
    found[found.length - 1].push(g);
  }
  return { strips: found, widest };
}

/** The strips that leave the clusters most room: {strips, deep}. */
export function gridOf(sizes) {
  const teams = sizes.reduce((sum, size) => sum + size, 0), largest = Math.max(1, ...sizes);
  let best = { strips: [sizes.map((_, g) => g)], deep: 1 }, most = 0;
  for (let deep = 1; deep <= Math.min(largest, 24); deep += 1) {
    for (let columns = 1; columns <= teams; columns += 1) {
      const found = strips(sizes, columns, deep);
      if (!found) continue;
      const rows = found.strips.length * (deep + HEAD);
      const room = Math.min(ASPECT / found.widest, CLUSTER / rows);
      if (room > most * 1.001) [best, most] = [{ strips: found.strips, deep }, room];
      if (found.strips.length === 1) break;
    }
  }
  return best;
}

/**
 * Place everybody. A team has a strip, a row in it, and its column's edges as shares of the width;
 * a person's offsets (dx, dy) are in radii of the largest team.
 * @param {Organisation} organisation
 */
export function layoutOf(organisation) {
  const { start, manager, name } = organisation.teams;
  const teams = start.length - 1, people = organisation.people.kind.length;
  const divisions = divisionsOf(name), grid = gridOf(divisions.map((one) => one.teams.length));
  const cells = Array.from({ length: teams }), heads = [];
  grid.strips.forEach((strip, s) => {
    const wide = (g) => Math.ceil(divisions[g].teams.length / grid.deep);
    const all = strip.reduce((sum, g) => sum + wide(g), 0);
    let from = 0;
    for (const g of strip) {
      const { teams: members, rest } = divisions[g], columns = wide(g), rows = Math.ceil(members.length / columns);
      heads.push({ name: divisions[g].name, strip: s, left: from / all, right: (from + columns) / all });
      members.forEach((team, k) => {
        const row = Math.floor(k / columns), column = k % columns;
        cells[team] = {
          strip: s, row, rows, left: (from + column) / all, right: (from + column + 1) / all,
          rest: rest[k], alone: members.length === 1,
        };
      });
      from += columns;
    }
  });
  return { teams, people, cells, heads, strips: grid.strips.length, deep: grid.deep, ...spirals(start, manager, people) };
}

/** Where people stand around the middle of their team, in radii of the largest team. */
function spirals(start, manager, people) {
  const team = new Int32Array(people), dx = new Float32Array(people), dy = new Float32Array(people);
  let largest = 1;
  for (let t = 0; t + 1 < start.length; t += 1) largest = Math.max(largest, start[t + 1] - start[t]);
  const spacing = 0.93 / Math.sqrt(largest);
  for (let t = 0; t + 1 < start.length; t += 1) {
    const head = manager[t], inside = head >= start[t] && head < start[t + 1];
    let place = inside ? 1 : 0.4;
    for (let i = start[t]; i < start[t + 1]; i += 1) {
      team[i] = t;
      if (inside && i === head) continue;
      const radius = spacing * Math.sqrt(place + 0.25), angle = GOLDEN * place + 0.6;
      dx[i] = radius * Math.cos(angle);
      dy[i] = radius * Math.sin(angle);
      place += 1;
    }
  }
  return { team, dx, dy, largest, spacing };
}

/**
 * A layout on a canvas of so many pixels: x and y of everybody, `box` of each team as
 * [left, top, width, height], the radius of a cluster, which leaves `rim` around it, the size of a mark, and where words stand:
 * `heads` {name, strip, x, y, width} and `labels` {team, x, y, width}, where there is room for any.
 * @param {Layout} layout
 */
export function placed(layout, width, height, rim = 0) {
  const crowd = Array.from({ length: layout.strips }, () => 0);
  for (const { strip } of layout.heads) crowd[strip] += 1;
  const head = layout.strips * HEADER <= 0.4 * height && Math.max(...crowd) * NAME <= width ? HEADER : 0;
  const high = (height - layout.strips * head) / layout.strips; // of a strip, without its head
  const least = layout.cells.reduce((low, { left, right }) => Math.min(low, (right - left) * width), Infinity);
  const label = head && least >= 40 && high / layout.deep >= 46 ? LABEL : 0;
  const boxes = layout.cells.map(({ strip, row, rows, left, right }) =>
    [left * width, strip * (high + head) + head + (row * high) / rows, (right - left) * width, high / rows]);
  const labelled = layout.cells.map(({ alone }) => (label && !alone ? label : 0));
  let radius = Infinity;
  boxes.forEach(([, , w, h], t) => { radius = Math.min(radius, w / 2 - 2 - rim, (h - labelled[t]) / 2 - 1.5 - rim); });
  radius = Math.max(2, radius);
  const size = Math.max(0.9, Math.min(9, radius * layout.spacing * 0.5));
  const centres = boxes.map(([l, t, w, h], team) => [l + w / 2, t + labelled[team] + (h - labelled[team]) / 2]);
  const x = new Float32Array(layout.people), y = new Float32Array(layout.people);
  for (let i = 0; i < layout.people; i += 1) {
    const [cx, cy] = centres[layout.team[i]];
    x[i] = cx + layout.dx[i] * radius;
    y[i] = cy + layout.dy[i] * radius;
  }
  return {
    x, y, boxes, centres, radius, size,
    heads: head ? layout.heads.map(({ name, strip, left, right }) =>
      ({ name, strip, x: left * width, y: strip * (high + head), width: (right - left) * width })) : [],
    labels: layout.cells.flatMap(({ alone, rest }, team) => (label && !alone
      ? [{ team, text: rest, x: centres[team][0], y: boxes[team][1] + LABEL - 3, width: boxes[team][2] - 4 }] : [])),
  };
}

/** The team whose box holds a point; null between them. */
export function teamAt(boxes, px, py) {
  const team = boxes.findIndex(([l, t, w, h]) => px >= l && px < l + w && py >= t && py < t + h);
  return team < 0 ? null : team;
}
