// The plans' bars on the time deck: placed interventions, moved by mouse, finger and keyboard.

import { heldByFinger, put, s } from "uptake/dom";
import { cut } from "uptake/names";
import { count, letter } from "uptake/words";

/** Pixels of a lane, of a bar in it, and between plans; a bar is 24 px or more each way to take hold of. */
export const LANE = 26, BAR = 24, GAP = 6;

/** What a bar is called: the label its file gives it, or its kind. */
export const nameOf = (bar) => bar.label || bar.kind;

/** The same with its kind behind it, where the label says something else. */
export const calledOf = ({ kind, label }) => (label && label !== kind ? `${label} (${kind})` : kind);

/** First and last week of a bar. */
const reach = (bar) => [bar.start, bar.rounds.length ? bar.rounds.at(-1)[1] : bar.start];

/**
 * A lane for each kind, in the order in which the kinds begin; where bars of one kind meet, the
 * later one goes below. → {lanes: lane of each bar, names: kind of each lane}
 */
export function laneOf(bars, x = (week) => week, least = 0) {
  const kinds = [...new Set(bars.map((_, i) => i).toSorted((a, b) => bars[a].start - bars[b].start || a - b).map((i) => bars[i].kind))];
  const lanes = Array.from(bars, () => 0), names = [];
  for (const kind of kinds) {
    const ends = [], first = names.length;
    const mine = bars.map((_, i) => i).filter((i) => bars[i].kind === kind).toSorted((a, b) => bars[a].start - bars[b].start || a - b);
    for (const i of mine) {
      const [from, to] = reach(bars[i]), end = Math.max(x(to + 1), x(from) + least);
      let place = ends.findIndex((one) => one <= x(from));
      if (place < 0) place = ends.push(0) - 1;
      ends[place] = end;
      lanes[i] = first + place;
    }
    ends.forEach((_, place) => names.push(place ? "" : kind));
  }
  return { lanes, names };
}

/** Where a bar goes that is moved or stretched by {start, lasts} weeks; inside the run. */
export function changed(bar, by, weeks) {
  const whole = (value) => Math.round(value);
  const start = Math.max(1, Math.min(weeks, whole(bar.start + (by.start ?? 0))));
  const lasts = Math.max(1, Math.min(weeks - start + 1, whole(bar.lasts + (by.lasts ?? 0))));
  return by.lasts ? { start, lasts } : { start };
}

/** A bar as it is seen while it is dragged, before the server has placed it. */
export function moved(bar, { start = bar.start, lasts = bar.lasts }, weeks) {
  const last = Math.min(weeks, start + lasts - 1), shift = start - bar.start;
  const rounds = bar.rounds.length > 1
    ? bar.rounds.map(([a, b]) => [a + shift, Math.min(weeks, b + shift)]).filter(([a]) => a >= 1 && a <= weeks)
    : [[start, last]];
  return { ...bar, start, lasts, rounds };
}

/** What a bar says to those who hear it. */
const said = (bar) =>
  `from week ${bar.start}${bar.lasts > 1 ? ` for ${count(bar.lasts, "week")}` : ""}`;

const drawn = new WeakMap();

/**
 * Draw all bars into `group`; bars that were there stay, with the focus and whatever holds them.
 * `scales` has x(week), weekAt(x), weeks and `gutter`, the room for names. `act` has
 * edit(plan, index, {start, lasts}, done), wanted(plan, index): what was asked for and is not
 * answered yet, as {start, lasts}; select(plan, index) and remove(plan, index). Or it is null.
 */
export function drawBars(group, plans, scales, act, /** @type {State['selected']} */ selected = null) {
  const what = JSON.stringify([Boolean(act), scales.weeks, plans.map(({ name, bars }) => [name, bars.map(({ kind, label, audience, shock }) => [kind, label, audience, shock])])]);
  if (drawn.get(group)?.what !== what) {
    const all = plans.map((plan, p) => createPlan(plan, p, scales, act));
    drawn.set(group, { what, all });
    put(group, all.map(({ element }) => element));
  }
  let top = 2;
  plans.forEach((plan, p) => {
    const { lanes, names } = laneOf(plan.bars, scales.x, BAR), one = drawn.get(group).all[p];
    one.element.setAttribute("transform", `translate(0 ${top})`);
    one.names(names, plan.bars, scales);
    one.bars.forEach((bar, i) => bar.show(plan.bars[i], {
      y: lanes[i] * LANE, height: BAR, chosen: selected?.plan === p && selected?.bar === i,
    }));
    top += Math.max(1, names.length) * LANE + GAP;
  });
  return { height: top };
}

/** The bars of a plan, with its letter and a name at the left of each lane. */
function createPlan(plan, p, scales, act) {
  const bars = plan.bars.map((bar, i) => createBar(bar, p, i, scales, act)), words = s("g", { "aria-hidden": "true" });
  const element = s("g", { class: `plan-bars plan-${p}`, role: "group", "aria-label": `Plan ${letter(p)}: ${plan.name}` },
    s("rect", { class: "badge", x: 0, y: 3, width: 17, height: 18, rx: 4 }),
    s("text", { class: "badge-letter", x: 8.5, y: 16.5, "aria-hidden": "true" }, letter(p)),
    words, bars.map((one) => one.element));
  return {
    element, bars,
    names(kinds, all, { gutter, x, weeks }) {
      put(words, kinds.map((kind, lane) => {
        const mine = all.filter((bar) => bar.kind === kind), name = mine.length === 1 ? nameOf(mine[0]) : kind;
        return [
          s("line", { class: "lane", x1: gutter, x2: x(weeks + 1), y1: lane * LANE + BAR / 2, y2: lane * LANE + BAR / 2 }),
          kind ? s("text", { class: "lane-name", x: 22, y: lane * LANE + 16 }, s("title", {}, mine.length === 1 ? calledOf(mine[0]) : kind), cut(name, gutter - 28, (text) => text.length * 5.9)) : null,
        ];
      }));
    },
  };
}

/** A bar, moved by `act` where there is one; show(bar, place) puts it where it is now. */
function createBar({ kind, label, audience, shock }, plan, index, scales, act) {
  const name = `${calledOf({ kind, label })}${audience ? `, ${audience}` : ""}`;
  const title = s("title"), shape = s("g"), grip = s("rect", { class: "grip", width: 8 }), hold = s("rect", { class: "hold" });
  const element = s("g", {
    class: `one-bar${shock ? " shock" : ""}`, "data-plan": plan, "data-bar": index,
    role: act ? "slider" : "img", tabindex: act ? 0 : null, "aria-label": act ? `${name}, plan ${letter(plan)}` : null,
    "aria-valuemin": act ? 1 : null, "aria-valuemax": act ? scales.weeks : null,
  }, title, hold, shape, act ? grip : null);
  /** @type {Record<string, any>} */
  const one = { element, plan, index, now: null, place: null };
  one.draw = (bar) => drawBar(one, { title, shape, grip, hold }, bar, `${name}: ${said(bar)}`, scales, act);
  one.show = (bar, to) => {
    [one.now, one.place] = [bar, to];
    one.draw(bar);
  };
  if (act) {
    followKeys(one, scales, act);
    followPointer(one, scales, act);
  }
  return one;
}

function setAll(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
}

function drawBar(/** @type {Record<string, any>} */ { element, place: { y, height, chosen } }, parts, bar, words, { x }, act) {
  put(parts.title, `${words}${act ? ". Drag, or use the arrow keys." : ""}`);
  put(parts.shape, bar.rounds.map(([a, b]) => s("rect", { class: "bar", x: x(a), y, width: Math.max(4, x(b + 1) - x(a) - 1), height, rx: 3 })));
  const last = Math.max(x(bar.start) + BAR, x(reach(bar)[1] + 1));
  setAll(parts.hold, { x: x(bar.start), y, width: last - x(bar.start), height });
  element.classList.toggle("nothing", bar.dose === 0);
  element.classList.toggle("chosen", chosen);
  if (!act) element.setAttribute("aria-label", words);
  else {
    setAll(parts.grip, { x: Math.max(x(bar.start) + BAR / 2, x(bar.start + bar.lasts) - 6), y, height });
    setAll(element, { "aria-valuenow": bar.start, "aria-valuetext": said(bar) });
  }
}

function followKeys(one, { weeks }, act) {
  const { element, plan, index } = one;
  element.addEventListener("keydown", (event) => {
    const by = event.shiftKey ? 4 : 1;
    const moves = {
      ArrowLeft: { start: -by }, ArrowRight: { start: by }, ArrowDown: { start: -by }, ArrowUp: { start: by },
      Home: { start: -weeks }, End: { start: weeks }, "+": { lasts: 1 }, "=": { lasts: 1 }, "-": { lasts: -1 },
    };
    const from = { ...one.now, ...act.wanted(plan, index) };
    if (moves[event.key]) act.edit(plan, index, changed(from, moves[event.key], weeks), true);
    else if (event.key === "Enter" || event.key === " ") act.select(plan, index);
    else if ((event.key === "Delete" || event.key === "Backspace") && act.remove) act.remove(plan, index);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

function followPointer(one, scales, act) {
  const { element, plan, index } = one, { weeks } = scales;
  heldByFinger(element);
  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    element.focus({ preventScroll: true });
    const stretch = event.target.classList.contains("grip");
    const from = scales.weekAt(event.clientX);
    const began = moved(one.now, act.wanted(plan, index), weeks);
    const over = new AbortController(), { signal } = over;
    let last = began, dragged = false;
    element.setPointerCapture(event.pointerId);
    element.classList.add("dragged");
    const move = (next) => {
      const weeksMoved = Math.round(scales.weekAt(next.clientX) - from);
      const to = changed(began, stretch ? { lasts: weeksMoved } : { start: weeksMoved }, weeks);
      if (to.start === last.start && (to.lasts ?? last.lasts) === last.lasts) return;
      dragged = true;
      last = moved(began, to, weeks);
      one.draw(last);
      act.edit(plan, index, to, false);
    };
    const end = () => {
      over.abort();
      element.classList.remove("dragged");
      if (dragged) act.edit(plan, index, stretch ? { start: last.start, lasts: last.lasts } : { start: last.start }, true);
      else act.select(plan, index);
    };
    element.addEventListener("pointermove", move, { signal });
    element.addEventListener("pointerup", end, { signal });
    element.addEventListener("pointercancel", end, { signal });
  });
}
