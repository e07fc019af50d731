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

/**
 * Draw all bars into `group`. `scales` has x(week) and weekAt(x). `act` has edit(plan, index,
 * {start, lasts}, done), wanted(plan, index): what was asked for and is not answered yet, as
 * {start, lasts}; select(plan, index) and remove(plan, index). Or it is null.
 */
export function drawBars(group, plans, scales, act, selected = null, room = 120, textWidth = (text) => text.length * 4.9) {
  const { weeks } = scales;
  const roomy = plans.map((plan) => packed(plan.bars, scales.x, textWidth));
  const tall = (all) => all.reduce((sum, one) => sum + one.count, 0);
  const names = tall(roomy) * LANE + plans.length * GAP <= room;
  const packs = names ? roomy : plans.map((plan) => packed(plan.bars, scales.x, () => 0));
  const lane = Math.max(LEAST, Math.min(LANE, (room - plans.length * GAP) / tall(packs)));
  let top = 0;
  const all = plans.map((plan, p) => {
    const { lanes, count: rows } = packs[p];
    const from = top;
    top += Math.max(13, rows * lane) + GAP;
    return s("g", { class: `plan-bars plan-${p}`, role: "group", "aria-label": `Plan ${letter(p)}: ${plan.name}` },
      s("rect", { class: "badge", x: 4, y: from, width: 16, height: 13, rx: 3 }),
      s("text", { class: "badge-letter", x: 12, y: from + 10, "aria-hidden": "true" }, letter(p)),
      plan.bars.map((bar, i) => drawBar(bar, p, i, { y: from + lanes[i] * lane, height: lane - 3, free: freeAfter(plan.bars, lanes, i, scales), textWidth }, scales, act, selected)));
  });
  put(group, all);
  return { height: top, weeks };
}

/** Where the next bar of the same lane begins. */
function freeAfter(bars, lanes, i, { x, weeks }) {
  const later = bars.filter((one, k) => lanes[k] === lanes[i] && k !== i && one.start >= bars[i].start).map((one) => x(one.start));
  return Math.min(x(weeks + 1) + 90, ...later);
}

function drawBar(bar, plan, index, { y, height, free, textWidth }, scales, act, selected) {
  const { x, weeks } = scales;
  const chosen = selected && selected.plan === plan && selected.bar === index;
  const rects = (one) => one.rounds.map(([a, b]) => s("rect", {
    class: "bar", x: x(a), y, width: Math.max(3, x(b + 1) - x(a) - 1), height, rx: 2,
  }));
  const label = (one) => s("text", { class: "bar-name", x: x(one.start) + 3, y: y + height - 1.5 }, fitting(one));
  const fitting = (one) => {
    const name = nameOf(one), space = free - x(one.start) - 4, letters = Math.floor(name.length * (space / textWidth(name)));
    return height < 6 || letters < 3 ? "" : letters >= name.length ? name : `${name.slice(0, letters - 1)}…`;
  };
  const text = `${bar.kind}${bar.audience ? `, ${bar.audience}` : ""}: ${said(bar)}`;
  const attributes = {
    class: `one-bar${bar.shock ? " shock" : ""}${bar.dose === 0 ? " nothing" : ""}${chosen ? " chosen" : ""}`,
    "data-plan": plan, "data-bar": index,
  };
  const group = s("g", attributes, s("title", {}, `${text}${act ? ". Drag, or use the arrow keys." : ""}`),
    rects(bar), label(bar));
  if (!act) {
    group.setAttribute("role", "img");
    group.setAttribute("aria-label", text);
    return group;
  }
  group.setAttribute("tabindex", "0");
  group.setAttribute("role", "slider");
  group.setAttribute("aria-label", `${bar.kind}${bar.audience ? `, ${bar.audience}` : ""}, plan ${letter(plan)}`);
  group.setAttribute("aria-valuemin", "1");
  group.setAttribute("aria-valuemax", String(weeks));
  group.setAttribute("aria-valuenow", String(bar.start));
  group.setAttribute("aria-valuetext", said(bar));
  group.append(s("rect", { class: "grip", x: x(bar.start + bar.lasts) - 5, y, width: 6, height }));

  const show = (one) => {
    for (const old of [...group.querySelectorAll(".bar, .bar-name")]) old.remove();
    group.append(...rects(one), label(one));
    group.setAttribute("aria-valuenow", String(one.start));
    group.setAttribute("aria-valuetext", said(one));
  };
  group.addEventListener("keydown", (event) => {
    const by = event.shiftKey ? 4 : 1;
    const moves = {
      ArrowLeft: { start: -by }, ArrowRight: { start: by }, ArrowDown: { start: -by }, ArrowUp: { start: by },
      Home: { start: -weeks }, End: { start: weeks }, "+": { lasts: 1 }, "=": { lasts: 1 }, "-": { lasts: -1 },
    };
    const now = { ...bar, ...act.wanted(plan, index) };
    if (moves[event.key]) act.edit(plan, index, changed(now, moves[event.key], weeks), true);
    else if (event.key === "Enter" || event.key === " ") act.select(plan, index);
    else if ((event.key === "Delete" || event.key === "Backspace") && act.remove) act.remove(plan, index);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  group.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    group.focus();
    const stretch = event.target.classList.contains("grip");
    const from = scales.weekAt(event.clientX);
    const began = moved(bar, act.wanted(plan, index), weeks);
    let last = began, dragged = false;
    group.setPointerCapture(event.pointerId);
    group.classList.add("dragged");
    const move = (next) => {
      const weeksMoved = Math.round(scales.weekAt(next.clientX) - from);
      const to = changed(began, stretch ? { lasts: weeksMoved } : { start: weeksMoved }, weeks);
      if (to.start === last.start && (to.lasts ?? last.lasts) === last.lasts) return;
      dragged = true;
      last = moved(began, to, weeks);
      show(last);
      act.edit(plan, index, to, false);
    };
    const end = () => {
      group.removeEventListener("pointermove", move);
      group.classList.remove("dragged");
      if (dragged) act.edit(plan, index, stretch ? { start: last.start, lasts: last.lasts } : { start: last.start }, true);
      else act.select(plan, index);
    };
    group.addEventListener("pointermove", move);
    group.addEventListener("pointerup", end, { once: true });
    group.addEventListener("pointercancel", end, { once: true });
  });
  return group;
}
