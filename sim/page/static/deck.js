// The time deck: plan bars, curves with bands, and the week slider on one axis.

import { DASHES, N_PLANS } from "uptake/colours";
import { button, h, put, s } from "uptake/dom";
import { SPEEDS } from "uptake/replay";
import { drawBars } from "uptake/timeline";
import { figure, ranged } from "uptake/words";

const CEILINGS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1];
const INTERVALS = { 0.05: 1, 0.1: 2, 0.2: 2, 0.3: 3, 0.5: 2, 0.75: 3, 1: 4 };

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
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  const placed = [];
  let last = -Infinity;
  for (const i of order) {
    last = Math.max(wanted[i], last + gap, low);
    placed[i] = last;
  }
  let next = high + gap;
  for (const i of [...order].reverse()) {
    next = Math.min(placed[i], next - gap);
    placed[i] = next;
  }
  return placed;
}

export function createDeck(model, store, clock, act) {
  const { payload } = model;
  const { weeks } = payload;
  const play = button("▶ Play", () => clock.toggle(), { class: "play", "aria-keyshortcuts": "Space" });
  const weekName = h("strong", { class: "week-name" });
  const speed = h("select", { "aria-label": "Speed", onchange: () => store.set({ speed: speed.value }) },
    Object.keys(SPEEDS).map((name) => h("option", { value: name }, name)));
  const outcome = h("select", { "aria-label": "What the curves show", onchange: () => store.set({ outcome: outcome.value }) },
    payload.outcomes.map((one) => h("option", { value: one.name, title: one.meaning }, one.label)));
  const tools = h("span", { class: "deck-tools" });
  const svg = s("svg", { class: "deck-chart", role: "group", "aria-label": "Plans and curves" });
  const slider = h("input", {
    type: "range", min: 1, max: weeks, step: 1, class: "week", "aria-label": "Week",
    oninput: () => clock.seek(Number(slider.value)),
  });
  const element = h("section", { class: "deck panel", "aria-label": "Time deck" },
    h("div", { class: "deck-head" }, play, weekName, speed, h("span", { class: "grow" }), tools, outcome),
    svg, slider);

  const barsGroup = s("g", { class: "bars" }), axes = s("g", { class: "axes" }), lines = s("g", { class: "lines" });
  const clipRect = s("rect", { x: 0, y: 0 }), clip = s("clipPath", { id: "revealed" }, clipRect);
  const playhead = s("line", { class: "playhead", "aria-hidden": "true" });
  const now = s("g", { class: "now", "aria-hidden": "true" }), overlay = s("g", { class: "overlay" });
  const ends = s("g", { class: "ends", "aria-hidden": "true" });
  svg.append(s("defs", {}, clip), axes, lines, ends, barsGroup, playhead, now, overlay);

  const scales = { weeks };
  let domain = [0, 1], row = 0, plot = { left: 46, right: 130, top: 0, height: 100, width: 100 }, frozen = false;
  const seenDomains = new Map();

  scales.x = (week) => plot.left + ((week - 1) / weeks) * plot.width;
  scales.at = (week) => plot.left + ((week - 0.5) / weeks) * plot.width;
  scales.y = (value) => plot.top + plot.height * (1 - (value - domain[0]) / (domain[1] - domain[0]));
  scales.weekAt = (clientX) => {
    const box = svg.getBoundingClientRect();
    return 1 + ((clientX - box.left - plot.left) / plot.width) * weeks;
  };
  scales.valueAt = (clientY) => {
    const box = svg.getBoundingClientRect();
    const part = 1 - (clientY - box.top - plot.top) / plot.height;
    return Math.max(domain[0], Math.min(domain[1], domain[0] + part * (domain[1] - domain[0])));
  };

  function render() {
    const width = svg.clientWidth || element.clientWidth - 24;
    if (width <= 0) return;
    const narrow = width < 520;
    plot = { ...plot, left: 46, right: narrow ? 8 : 140, width: width - 46 - (narrow ? 8 : 140) };
    if (!barsGroup.querySelector(".dragged")) {
      const held = document.activeElement?.closest?.(".one-bar");
      const { height } = drawBars(barsGroup, model.plans, scales, act?.enabled === false ? null : act, store.state.selected, window.innerHeight > 860 ? 150 : 92);
      plot.top = height + 8;
      if (held && !held.isConnected) barsGroup.querySelector(`[data-plan="${held.dataset.plan}"][data-bar="${held.dataset.bar}"]`)?.focus();
    }
    const wanted = window.innerHeight > 860 ? 200 : window.innerHeight > 760 ? 140 : 104;
    plot.height = wanted;
    svg.setAttribute("height", String(plot.top + plot.height + 18));
    svg.setAttribute("viewBox", `0 0 ${width} ${plot.top + plot.height + 18}`);
    slider.style.marginLeft = `${scales.at(1) - 8}px`;
    slider.style.width = `${scales.at(weeks) - scales.at(1) + 16}px`;
    renderCurves();
  }

  function renderCurves() {
    const name = store.state.outcome;
    row = Math.max(0, payload.outcomes.findIndex((one) => one.name === name));
    const one = payload.outcomes[row];
    const fresh = domainOf(one, model.plans, row), known = seenDomains.get(one.name);
    if (store.state.betting) domain = [0, 1];
    else domain = known && (frozen || (known[0] <= fresh[0] && known[1] >= fresh[1])) ? known : fresh;
    if (!frozen && !store.state.betting) seenDomains.set(one.name, domain);
    drawAxes(one);
    put(lines, model.plans.map((plan, p) => curve(plan, p)).reverse());
    lines.setAttribute("clip-path", "url(#revealed)");
    update();
    for (const tell of listeners) tell();
  }

  function drawAxes(one) {
    const parts = domain[0] === 0 ? INTERVALS[domain[1]] ?? 2 : 2, n = plot.height < 120 && parts === 4 ? 2 : parts;
    const shown = Array.from({ length: n + 1 }, (_, i) => domain[0] + (i / n) * (domain[1] - domain[0]));
    const tick = (week) => s("text", { class: "tick", x: scales.at(week), y: plot.top + plot.height + 13, "text-anchor": "middle" }, `wk ${week}`);
    const ticks = [...new Set([1, ...[0.25, 0.5, 0.75].map((part) => Math.round(part * weeks)), weeks])];
    put(axes, shown.map((value) => [
      s("line", { class: "rule", x1: plot.left, x2: plot.left + plot.width, y1: scales.y(value), y2: scales.y(value) }),
      s("text", { class: "tick", x: plot.left - 6, y: scales.y(value) + 3.5, "text-anchor": "end" }, figure(value, one.unit)),
    ]), ticks.map(tick));
  }

  function path(values) {
    let text = "";
    for (let w = 0; w < weeks; w += 1) {
      text += `${w ? "L" : "M"}${scales.at(w + 1).toFixed(1)} ${scales.y(values.at2(row, w)).toFixed(1)}`;
    }
    return text;
  }

  function curve(plan, p) {
    const { mean, low, high } = plan.curves;
    let band = path(high);
    for (let w = weeks - 1; w >= 0; w -= 1) band += `L${scales.at(w + 1).toFixed(1)} ${scales.y(low.at2(row, w)).toFixed(1)}`;
    return s("g", { class: `curve plan-${p % N_PLANS}` },
      s("path", { class: "band", d: `${band}Z` }),
      s("path", { class: "mean", d: path(mean), "stroke-dasharray": DASHES[p % N_PLANS] || null }));
  }

  /** What moves between two weeks: all of a frame while it plays. */
  function move() {
    const { week, reveal, playing } = store.state, x = scales.at(playing ? clock.position : week);
    playhead.style.transform = `translateX(${x}px)`;
    if (reveal) clipRect.setAttribute("width", String(Math.max(0, x - plot.left + 2)));
  }

  function update() {
    const { week, reveal } = store.state;
    const one = payload.outcomes[row];
    weekName.textContent = `Week ${week}`;
    if (Number(slider.value) !== week) slider.value = String(week);
    clipRect.setAttribute("x", String(plot.left - 2));
    clipRect.setAttribute("y", String(plot.top - 6));
    clipRect.setAttribute("width", String(plot.width + 2));
    clipRect.setAttribute("height", String(plot.height + 12));
    playhead.setAttribute("y2", String(plot.top + plot.height));
    move();
    put(now,
      model.plans.map((plan, p) => s("circle", {
        class: `dot plan-${p % N_PLANS}`, r: 3.5, cx: scales.at(week), cy: scales.y(plan.curves.mean.at2(row, week - 1)),
      })));
    drawEnds(one, week, reveal);
  }

  function drawEnds(one, week, reveal) {
    if (plot.right < 60) {
      put(ends);
      return;
    }
    const at = reveal ? week : weeks;
    const wanted = model.plans.map((plan) => scales.y(plan.curves.mean.at2(row, at - 1)));
    const gap = model.plans.length > 3 ? 20 : 25;
    const places = spread(wanted, gap, plot.top + 6, plot.top + plot.height - 12);
    const x = plot.left + plot.width + 6;
    put(ends, model.plans.map((plan, p) => {
      const { mean, low, high } = plan.curves, rough = plan.provisional ? "~" : "";
      const name = plan.name.length > 20 ? `${plan.name.slice(0, 19)}…` : plan.name;
      return s("g", { class: `end plan-${p % N_PLANS}` },
        s("text", { class: "end-name", x, y: places[p] }, name),
        s("text", { class: "end-figure", x, y: places[p] + 11 },
          `wk ${at}: ${rough}${ranged(mean.at2(row, at - 1), low.at2(row, at - 1), high.at2(row, at - 1), one.unit)}`));
    }));
  }

  const listeners = new Set();
  store.on(["week"], update);
  store.on(["reveal"], update);
  store.on(["betting"], () => renderCurves());
  store.on(["outcome", "shown_theme"], () => {
    outcome.value = store.state.outcome;
    renderCurves();
  });
  store.on(["playing"], (state) => {
    put(play, state.playing ? "❚❚ Pause" : "▶ Play");
    update();
  });
  store.on(["speed"], (state) => { speed.value = state.speed; });
  store.on(["selected"], () => render());
  clock.onFrame(() => {
    if (store.state.playing) move();
  });
  speed.value = store.state.speed;
  outcome.value = store.state.outcome;
  return {
    element, svg, scales, overlay, tools, render, renderCurves,
    /** Be told whenever the scales may have changed. */
    onScales: (tell) => listeners.add(tell),
    /** Keep the y-axis still, while something is dragged. */
    hold(still) { frozen = still; },
    get row() { return row; },
    /** Top and height of the plot. */
    area: () => [plot.top, plot.height],
  };
}
