// The plans' bars on the time deck: placed interventions, moved by mouse and by keyboard.

import { put, s } from "uptake/dom";
import { count, letter } from "uptake/words";

const LANE = 12, LEAST = 6, GAP = 5;

/** What a bar is called: the label its file gives it, or its kind. */
export const nameOf = (bar) => bar.label || bar.kind;

/** The lane of each bar, so that neither bars nor their names overlap; the fewest lanes there are. */
export function packed(bars, x, widthOf) {
  const ends = [];
  const order = bars.map((_, i) => i).sort((a, b) => bars[a].start - bars[b].start || a - b);
  const lanes = new Array(bars.length).fill(0);
  for (const i of order) {
    const bar = bars[i], from = x(bar.start);
    const last = bar.rounds.length ? bar.rounds.at(-1)[1] : bar.start;
    const to = Math.max(x(last + 1), from + widthOf(nameOf(bar)) + 8);
    let lane = ends.findIndex((end) => end <= from);
    if (lane < 0) lane = ends.push(0) - 1;
    ends[lane] = to;
    lanes[i] = lane;
  }
  return { lanes, count: Math.max(1, ends.length) };
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
 * `scales` has x(week), weekAt(x) and weeks. `act` has edit(plan, index, {start, lasts}, done),
 * wanted(plan, index): what was asked for and is not answered yet, as {start, lasts};
 * select(plan, index) and remove(plan, index). Or it is null.
 */
export function drawBars(group, plans, scales, act, selected = null, room = 120, textWidth = (text) => text.length * 4.9) {
  const roomy = plans.map((plan) => packed(plan.bars, scales.x, textWidth));
  const tall = (all) => all.reduce((sum, one) => sum + one.count, 0);
  const names = tall(roomy) * LANE + plans.length * GAP <= room;
  const packs = names ? roomy : plans.map((plan) => packed(plan.bars, scales.x, () => 0));
  const lane = Math.max(LEAST, Math.min(LANE, (room - plans.length * GAP) / tall(packs)));
  const what = JSON.stringify([Boolean(act), plans.map(({ name, bars }) => [name, bars.map(({ kind, audience, shock }) => [kind, audience, shock])])]);
  if (drawn.get(group)?.what !== what) {
    const all = plans.map((plan, p) => createPlan(plan, p, scales, act, textWidth));
    drawn.set(group, { what, all });
    put(group, all.map(({ element }) => element));
  }
  let top = 0;
  plans.forEach(({ bars }, p) => {
    const { lanes, count: rows } = packs[p], one = drawn.get(group).all[p];
    one.element.setAttribute("transform", `translate(0 ${top})`);
    one.bars.forEach((bar, i) => bar.show(bars[i], {
      y: lanes[i] * lane, height: lane - 3, free: freeAfter(bars, lanes, i, scales),
      chosen: Boolean(selected) && selected.plan === p && selected.bar === i,
    }));
    top += Math.max(13, rows * lane) + GAP;
  });
  return { height: top };
}

/** Where the next bar of the same lane begins. */
function freeAfter(bars, lanes, i, { x, weeks }) {
  const later = bars.filter((one, k) => lanes[k] === lanes[i] && k !== i && one.start >= bars[i].start).map((one) => x(one.start));
  return Math.min(x(weeks + 1) + 90, ...later);
}

/** The bars of a plan, with its letter. */
function createPlan(plan, p, scales, act, textWidth) {
  const bars = plan.bars.map((bar, i) => createBar(bar, p, i, scales, act, textWidth));
  const element = s("g", { class: `plan-bars plan-${p}`, role: "group", "aria-label": `Plan ${letter(p)}: ${plan.name}` },
    s("rect", { class: "badge", x: 4, y: 0, width: 16, height: 13, rx: 3 }),
    s("text", { class: "badge-letter", x: 12, y: 10, "aria-hidden": "true" }, letter(p)),
    bars.map((one) => one.element));
  return { element, bars };
}

/** A bar, moved by `act` where there is one; show(bar, place) puts it where it is now. */
function createBar({ kind, audience, shock }, plan, index, scales, act, textWidth) {
  const { x } = scales, name = `${kind}${audience ? `, ${audience}` : ""}`;
  const title = s("title"), shape = s("g"), grip = s("rect", { class: "grip", width: 6 });
  const element = s("g", {
    class: `one-bar${shock ? " shock" : ""}`, "data-plan": plan, "data-bar": index,
    role: act ? "slider" : "img", tabindex: act ? 0 : null, "aria-label": act ? `${name}, plan ${letter(plan)}` : null,
    "aria-valuemin": act ? 1 : null, "aria-valuemax": act ? scales.weeks : null,
  }, title, shape, act ? grip : null);
  let now = null, place = null;

  function fitting(bar) {
    const text = nameOf(bar), space = place.free - x(bar.start) - 4, letters = Math.floor(text.length * (space / textWidth(text)));
    return place.height < 6 || letters < 3 ? "" : letters >= text.length ? text : `${text.slice(0, letters - 1)}…`;
  }

  function draw(bar) {
    const { y, height } = place, when = said(bar);
    put(title, `${name}: ${when}${act ? ". Drag, or use the arrow keys." : ""}`);
    put(shape,
      bar.rounds.map(([a, b]) => s("rect", { class: "bar", x: x(a), y, width: Math.max(3, x(b + 1) - x(a) - 1), height, rx: 2 })),
      s("text", { class: "bar-name", x: x(bar.start) + 3, y: y + height - 1.5 }, fitting(bar)));
    element.classList.toggle("nothing", bar.dose === 0);
    element.classList.toggle("chosen", place.chosen);
    if (!act) element.setAttribute("aria-label", `${name}: ${when}`);
    else {
      for (const [key, value] of Object.entries({ x: x(bar.start + bar.lasts) - 5, y, height })) grip.setAttribute(key, String(value));
      element.setAttribute("aria-valuenow", String(bar.start));
      element.setAttribute("aria-valuetext", when);
    }
  }

  const one = {
    element, plan, index, get now() { return now; }, draw,
    show(bar, to) {
      [now, place] = [bar, to];
      draw(bar);
    },
  };
  if (act) {
    followKeys(one, scales, act);
    followPointer(one, scales, act);
  }
  return one;
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
  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    element.focus();
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
