// The time deck: plan bars, curves with bands, and the week slider on one axis.

import { N_PLANS } from "uptake/colours";
import { curveOf, domainOf, drawAxes, drawEnds, END, SECOND } from "uptake/chart";
import { button, h, put, s } from "uptake/dom";
import { SPEEDS } from "uptake/replay";
import { drawBars } from "uptake/timeline";

const FOOT = 22;

/** Widths of the deck: room for names at the left, and for labels at the right. */
export const marginsOf = (width) => (width < 560 ? { left: 106, right: 22 } : { left: width < 740 ? 132 : 158, right: 148 });

/** The scales of bars and curves, on one axis of weeks; they read `chart.plot` as it is now. */
export function scalesOf(chart) {
  const part = (svg, clientX) => (clientX - svg.getBoundingClientRect().left - chart.plot.left) / chart.plot.width;
  Object.assign(chart, {
    x: (week) => chart.plot.left + ((week - 1) / chart.weeks) * chart.plot.width,
    at: (week) => chart.plot.left + ((week - 0.5) / chart.weeks) * chart.plot.width,
    y: (value) => chart.plot.top + chart.plot.height * (1 - (value - chart.domain[0]) / (chart.domain[1] - chart.domain[0])),
    weekAt: (clientX) => 1 + part(chart.svg, clientX) * chart.weeks,
    valueAt(clientY) {
      const [low, high] = chart.domain, up = 1 - (clientY - chart.svg.getBoundingClientRect().top - chart.plot.top) / chart.plot.height;
      return Math.max(low, Math.min(high, low + up * (high - low)));
    },
  });
  Object.defineProperty(chart, "gutter", { get: () => chart.plot.left - 6 });
  return chart;
}

/**
 * The elements of the deck; the controls stay for as long as the page does.
 * @param {Store} store
 * @param {Clock} clock
 */
function createElements(store, clock, outcomes, weeks) {
  const play = button("▶ Play", () => clock.toggle(), { class: "play", "aria-keyshortcuts": "Space" });
  const weekName = h("strong", { class: "week-name" });
  const speed = h("select", { "aria-label": "Speed", onchange: () => store.set({ speed: speed.value }) },
    Object.keys(SPEEDS).map((name) => h("option", { value: name }, name)));
  const outcome = h("select", { "aria-label": "What is shown", onchange: () => store.set({ outcome: outcome.value }) },
    outcomes.map((one) => h("option", { value: one.name, title: one.meaning }, one.label)));
  const tools = h("span", { class: "deck-tools" }), note = h("p", { class: "axis-note" });
  const barsSvg = s("svg", { class: "deck-bars", role: "group", "aria-label": "Plans" });
  const svg = s("svg", { class: "deck-chart", role: "group", "aria-label": "Curves" });
  const slider = h("input", {
    type: "range", min: 1, max: weeks, step: 1, class: "week", "aria-label": "Week", oninput: () => clock.seek(Number(slider.value)),
  });
  const scroll = h("div", { class: "bars-scroll", role: "region", tabindex: 0, "aria-label": "Bars of the plans" }, barsSvg);
  const element = h("section", { class: "deck panel", "aria-label": "Time deck" },
    h("div", { class: "deck-head" }, play, weekName, speed, h("span", { class: "grow" }), tools, outcome),
    scroll, h("div", { class: "chart-place" }, svg, note), slider);
  return { element, play, weekName, speed, outcome, tools, note, barsSvg, svg, slider, scroll };
}

/** The layers of both drawings, from the back to the front. */
function createLayers({ svg, barsSvg }) {
  const axes = s("g", { class: "axes" }), lines = s("g", { class: "lines", "clip-path": "url(#revealed)" });
  const clipRect = s("rect", { x: 0, y: 0 }), ends = s("g", { class: "ends", "aria-hidden": "true" });
  const playheads = [0, 1].map(() => s("line", { class: "playhead", "aria-hidden": "true", "data-only-page": true }));
  const now = s("g", { class: "now", "aria-hidden": "true", "data-only-page": true }), overlay = s("g", { class: "overlay" }), bars = s("g", { class: "bars" });
  svg.append(s("defs", {}, s("clipPath", { id: "revealed" }, clipRect)), axes, lines, ends, playheads[0], now, overlay);
  barsSvg.append(playheads[1], bars);
  return { axes, lines, clipRect, ends, playheads, now, overlay, bars };
}

/**
 * @param {Model} model
 * @param {Store} store
 * @param {Clock} clock
 */
export function createDeck(model, store, clock, act) {
  const { outcomes, weeks } = model.payload;
  const parts = createElements(store, clock, outcomes, weeks), layers = createLayers(parts);
  const chart = scalesOf({ weeks, svg: parts.svg, domain: [0, 1], plot: { left: 158, right: 148, top: 8, height: 100, width: 100 } });
  const deck = {
    ...parts, model, store, clock, act, layers, scales: chart, overlay: layers.overlay,
    row: 0, frozen: false, domains: new Map(), listeners: new Set(),
    /** Be told whenever the scales may have changed. */
    onScales: (tell) => deck.listeners.add(tell),
    /** Keep the y-axis still, while something is dragged. */
    hold(still) { deck.frozen = still; },
    /** Top and height of the plot. */
    area: () => [chart.plot.top, chart.plot.height],
    render: () => render(deck),
    /** Other plans, perhaps of another length. */
    load() {
      chart.weeks = model.payload.weeks;
      parts.slider.max = String(chart.weeks);
      deck.domains.clear();
      deck.frozen = false;
    },
    renderCurves: () => renderCurves(deck),
  };
  follow(deck);
  return deck;
}

function follow(deck) {
  const { store, clock, play, speed, outcome } = deck;
  speed.value = store.state.speed;
  outcome.value = store.state.outcome;
  store.on(["week", "reveal"], () => update(deck));
  store.on(["betting", "secret"], () => renderCurves(deck));
  store.on(["outcome", "shown_theme"], () => {
    outcome.value = store.state.outcome;
    renderCurves(deck);
  });
  store.on(["playing"], (state) => {
    put(play, state.playing ? "❚❚ Pause" : "▶ Play");
    update(deck);
  });
  store.on(["speed"], (state) => { speed.value = state.speed; });
  store.on(["selected"], () => render(deck));
  clock.onFrame(() => {
    if (store.state.playing) move(deck);
  });
}

/** Height of the curves: what the window leaves, and room for a label of every plan. */
const tallOf = (height, plans) => Math.max(height > 1000 ? 190 : height > 760 ? 140 : 104, plans * END);

function render(deck) {
  const { model, store, act, layers, svg, barsSvg, scales: chart, slider, element } = deck;
  const width = element.querySelector(".chart-place").clientWidth || element.clientWidth - 26; // while one network is large it is hidden
  if (width <= 0) return;
  const { left, right } = marginsOf(width);
  chart.plot = { left, right, top: 8, height: tallOf(window.innerHeight, model.plans.length), width: width - left - right };
  if (!layers.bars.querySelector(".dragged")) {
    const held = /** @type {SVGElement | null} */ (document.activeElement?.closest?.(".one-bar") ?? null);
    const { height } = drawBars(layers.bars, model.plans, chart, act?.enabled === false ? null : act, store.state.selected);
    if (held && !held.isConnected) layers.bars.querySelector(`[data-plan="${held.dataset.plan}"][data-bar="${held.dataset.bar}"]`)?.focus();
    barsSvg.setAttribute("width", String(width)); // the axis of the curves, scrollbar or not
    barsSvg.setAttribute("height", String(height));
    barsSvg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    layers.playheads[1].setAttribute("y2", String(height));
  }
  const tall = chart.plot.top + chart.plot.height + FOOT;
  svg.setAttribute("height", String(tall));
  svg.setAttribute("viewBox", `0 0 ${width} ${tall}`);
  slider.style.marginLeft = `${chart.at(1) - 8}px`;
  slider.style.width = `${chart.at(chart.weeks) - chart.at(1) + 16}px`;
  renderCurves(deck);
}

/** The row of the outcome that is drawn as a second line with another; -1 where there is none. */
export const secondOf = (outcomes, name) => outcomes.findIndex((one) => one.name === SECOND[name]);

function renderCurves(deck) {
  const { model, store, layers, scales: chart, note } = deck, { outcomes } = model.payload;
  const betting = store.state.betting || store.state.secret; // an axis that fits would give it away
  deck.row = Math.max(0, outcomes.findIndex(({ name }) => name === store.state.outcome));
  const one = outcomes[deck.row], second = secondOf(outcomes, one.name);
  const fresh = domainOf(one, model.plans, deck.row), known = deck.domains.get(one.name);
  if (betting) chart.domain = [0, 1];
  else chart.domain = known && (deck.frozen || (known[0] <= fresh[0] && known[1] >= fresh[1])) ? known : fresh;
  if (!deck.frozen && !betting) deck.domains.set(one.name, chart.domain);
  drawAxes(layers.axes, chart, one.unit);
  put(layers.lines, model.plans.map((plan, p) => curveOf(chart, plan, p, deck.row, second)).toReversed());
  put(note, h("b", {}, one.label), ["share", "1"].includes(one.unit) ? null : ` in ${one.unit}`, second < 0 ? null : h("span", { title: outcomes[second].meaning }, ` Thin: ${outcomes[second].label.toLowerCase()}, who ${outcomes[second].meaning.replace(/ \[.*?\]/g, "")}; 0 for eight weeks by definition`));
  update(deck);
  for (const tell of deck.listeners) tell();
}

/** What moves between two weeks: all of a frame while it plays. */
function move({ store, clock, layers, scales: chart }) {
  const { week, reveal, playing } = store.state, x = chart.at(playing ? clock.position : week);
  for (const line of layers.playheads) line.style.transform = `translateX(${x}px)`;
  if (reveal) layers.clipRect.setAttribute("width", String(Math.max(0, x - chart.plot.left + 2)));
}

function update(deck) {
  const { model, store, layers, scales: chart, weekName, slider, row } = deck, { week, reveal, secret } = store.state, { plot } = chart;
  weekName.textContent = `Week ${week}`;
  if (Number(slider.value) !== week) slider.value = String(week);
  for (const [key, value] of Object.entries({ x: plot.left - 2, y: plot.top - 6, width: plot.width + 2, height: plot.height + 12 })) {
    layers.clipRect.setAttribute(key, String(value));
  }
  layers.playheads[0].setAttribute("y2", String(plot.top + plot.height));
  move(deck);
  layers.lines.classList.toggle("secret", secret);
  const values = model.plans.map((plan) => plan.curves.mean.at2(row, week - 1));
  put(layers.now, secret ? [] : values.map((value, p) => Number.isFinite(value) && s("circle", {
    class: `dot plan-${p % N_PLANS}`, r: 3.5, cx: chart.at(week), cy: chart.y(value),
  })));
  if (secret) put(layers.ends);
  else drawEnds(layers.ends, chart, model.plans, row, reveal ? week : chart.weeks, model.payload.outcomes[row].unit);
}

