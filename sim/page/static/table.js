// The teams: where each stands under each plan in what is shown, and what holds it back most.

import { axisOf } from "uptake/chart";
import { N_PLANS } from "uptake/colours";
import { commonDriver, driversOf, meansOf, ownDriver, checkpointAt } from "uptake/drivers";
import { h, put, s } from "uptake/dom";
import { fitted } from "uptake/names";
import { figure, letter, listed, ranged } from "uptake/words";

const WIDE = 58, HIGH = 16, EDGE = 6, MANY = 60;
/** Milliseconds without a change after which rows out of sight are written too. */
const AT_REST = 100;

/** Figures of all plans in one cell: two from one to the other, more side by side. */
export function cellWords(figures) {
  return figures.length > 2 ? figures.join(" · ").replaceAll("% ·", " ·") : figures.join(" → ");
}

/**
 * @param {Model} model
 * @param {Store} store
 */
export function createTable(model, store) {
  /** @type {any} */
  const table = { model, store, rows: [], common: {}, height: 0, fitted: 0, wrapped: false, sight: [0, 1000], late: 0, ...createElements() };
  table.order.addEventListener("click", () => store.set({ sort: store.state.sort === "difference" ? "name" : "difference" }));
  table.element.addEventListener("click", (event) => openRow(table, event));
  store.on(["week", "team", "revision", "playing"], () => update(table));
  store.on(["secret"], () => update(table, true));
  store.on(["sort"], () => {
    sorted(table);
    update(table);
  });
  store.on(["outcome"], () => {
    head(table);
    update(table);
  });
  store.on(["team"], ({ team }) => {
    if (team !== null) table.rows[team]?.row.scrollIntoView({ block: "nearest" });
  });
  followScroll(table);
  const load = () => {
    fillRows(table);
    head(table);
    sorted(table);
    update(table, true);
    table.fitted = 0;
    fit(table);
  };
  load();
  return { element: table.element, load };
}

function createElements() {
  const title = h("h2", {}), held = h("th", { scope: "col" }, "Held back by"), everywhere = h("p", { class: "everywhere", hidden: true });
  const body = h("tbody", {}), share = h("th", { scope: "col" }, "Share");
  const order = h("button", { type: "button", class: "sort", title: "Sort by the largest difference, or by name" }, "sort");
  const sheet = h("table", { class: "team-table" },
    h("colgroup", {}, ["", "c-chart", "c-share", "c-chip"].map((name) => h("col", { class: name }))),
    h("thead", {}, h("tr", {},
      h("th", { scope: "col" }, "Team"), h("th", { scope: "col" }, h("span", { class: "hear" }, "Chart")), share, held)), body);
  const scroll = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of teams" }, sheet);
  const element = h("section", { class: "teams panel", "aria-label": "Teams" },
    h("div", { class: "panel-head" }, title, order), everywhere, scroll);
  return { title, held, everywhere, body, share, order, sheet, scroll, element };
}

/** A click anywhere in a row opens its team; the name is the button for those who do not point. */
function openRow({ store }, event) {
  const row = event.target.closest("tbody tr");
  if (!row || store.state.secret) return;
  const team = Number(row.dataset.team);
  store.set({ team: store.state.team === team ? null : team, person: null });
}

/** One row a team; those that were there stay, as long as teams and plans are the same. */
function fillRows(table) {
  const { model, body, sheet } = table, { name, shown } = model.organisation.teams;
  const key = JSON.stringify([name, [...shown], model.plans.length]);
  if (table.key === key) return;
  table.key = key;
  table.height = 0;
  sheet.classList.toggle("many", model.plans.length > 2);
  table.rows = name.map((_, team) => createRow(table, team));
  put(body, table.rows.map(({ row }) => row));
}

function createRow(table, team) {
  const { model } = table, { name, shown, start } = model.organisation.teams;
  const why = start[team + 1] - start[team] < model.organisation.smallest_team ? "too few people: not shown" : "not shown: it would give a smaller team away";
  const open = h("button", { type: "button", class: "team", title: name[team], "aria-label": name[team] }, name[team]);
  const marks = model.plans.map((_, p) => mark(p, model.plans.length)), line = s("line", { class: "reach", y1: HIGH / 2, y2: HIGH / 2 });
  const chart = s("svg", { width: WIDE, height: HIGH, "aria-hidden": "true" },
    s("line", { class: "rail", x1: EDGE, x2: WIDE - EDGE, y1: HIGH / 2, y2: HIGH / 2 }), line, marks);
  const words = h("td", { class: "values" }), chip = h("span", { class: "chip" });
  const row = h("tr", { "data-team": team }, h("th", { scope: "row" }, open),
    shown[team] ? h("td", {}, chart) : h("td", { colspan: 3, class: "few" }, why),
    shown[team] ? words : null, shown[team] ? h("td", {}, chip) : null);
  const one = { row, open, marks, line, words, chip, shown: Boolean(shown[team]), place: team };
  for (const come of ["pointerenter", "focusin"]) row.addEventListener(come, () => explain(table, one, team));
  return one;
}

function mark(p, plans) {
  if (p === 0 && plans > 1) return s("circle", { class: `ring plan-${p}`, cy: HIGH / 2, r: 4.4 });
  return s("circle", { class: `disc plan-${p % N_PLANS}`, cy: HIGH / 2, r: 4 });
}

/** The outcome of the table: the one that is shown, where it is known by team. */
function shownOutcome({ model: { payload }, store }) {
  const name = payload.team_outcomes.includes(store.state.outcome) ? store.state.outcome : payload.team_outcomes[0];
  return { name, row: payload.team_outcomes.indexOf(name), ...payload.outcomes.find((one) => one.name === name) };
}

/** The ends of the small charts, for all weeks and teams: 0 to 1, wider where values are; kept. */
function domainOf(table, k, name, unit) {
  const { model } = table, key = `${name} ${model.revision}`;
  if (unit === "share") return [0, 1];
  if (table.domain?.key === key) return table.domain.ends;
  const known = model.plans.flatMap(({ teams }) => (teams && k < teams.mean.shape[0] ? [teams.mean] : []));
  const [low, high] = axisOf(unit, ...known.map((mean) => mean.subarray(k * mean.shape[1] * mean.shape[2], (k + 1) * mean.shape[1] * mean.shape[2])));
  table.domain = { key, ends: unit === "1" ? [low, Math.max(1, high)] : [low, high] };
  return table.domain.ends;
}

function update(table, whole = false) {
  const { model, store, rows, share } = table, { week, team: chosen, secret } = store.state;
  const { row: k, name, unit } = shownOutcome(table), [least, most] = domainOf(table, k, name, unit);
  const x = (value) => EDGE + Math.max(0, Math.min(1, ((Number.isFinite(value) ? value : 0) - least) / (most - least))) * (WIDE - 2 * EDGE);
  const [from, to] = whole ? [0, rows.length] : seen(table), drivers = told(table, week);
  say(share, `${unit === "share" ? "Share" : "Value"}, wk ${week}`);
  clearTimeout(table.late);
  table.late = from > 0 || to < rows.length - 1 ? setTimeout(() => atRest(table), AT_REST) : 0;
  rows.forEach((one, team) => {
    if (one.place < from || one.place > to) return;
    one.row.classList.toggle("chosen", team === chosen);
    one.open.setAttribute("aria-pressed", String(team === chosen));
    if (!one.shown) return;
    const values = model.plans.map(({ teams }) => (teams && !secret && k < teams.mean.shape[0] ? teams.mean.at3(k, week - 1, team) : NaN));
    const known = values.filter(Number.isFinite);
    values.forEach((value, p) => {
      give(one.marks[p], "cx", String(x(value)));
      give(one.marks[p], "visibility", Number.isFinite(value) ? "inherit" : "hidden");
    });
    give(one.line, "x1", String(x(Math.min(...known))));
    give(one.line, "x2", String(x(Math.max(...known))));
    say(one.words, cellWords(values.map((value, p) => `${model.plans[p].provisional && !secret ? "~" : ""}${figure(value, unit)}`)));
    const words = secret ? "–" : model.payload.drivers[drivers[team]]?.words ?? "–";
    say(one.chip, words);
  });
}

/** Write the rows out of sight too, unless the next change is on its way. */
function atRest(table) {
  const { model, store } = table;
  if (!store.state.playing && !model.plans.some(({ provisional }) => provisional)) update(table, true);
}

/** What says the same already is left alone: laying hundreds of rows out takes longer than all else. */
function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
function give(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * The driver that each row tells: the strongest; where that is the same in all teams it is said
 * once, above, and the rows tell what holds a team back more than others. Kept by checkpoint.
 */
function told(table, week) {
  const { model, rows, held, everywhere, store } = table, { drivers } = model.plans.at(-1), { secret } = store.state;
  const key = `${checkpointAt(drivers.weeks, week)} ${model.revision} ${secret}`;
  if (table.common.key === key) return table.common.rows;
  const teams = rows.flatMap(({ shown }, team) => (shown ? [team] : []));
  const all = commonDriver(drivers, teams, week), means = meansOf(drivers, teams, week);
  const driver = (team) => (all === null ? driversOf(drivers, team, week)[0] ?? null : ownDriver(drivers, means, team, week));
  table.common = { key, rows: rows.map((_, team) => driver(team)) };
  put(held, all === null ? "Held back by" : "More than others by");
  held.title = all === null ? "" : "What holds a team back more than the mean of all teams, by half a point of use or more";
  put(everywhere, all === null || secret ? null : ["Every team is held back most by ", h("b", {}, model.payload.drivers[all].words), "."]);
  everywhere.hidden = all === null || secret;
  return table.common.rows;
}

/** Names as long as there is room for, where they stay distinct; else in full, on as many lines as they take. */
function fit(table) {
  const { rows, model, sheet } = table;
  const cell = rows[0]?.open.parentElement, pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d")), { name } = model.organisation.teams;
  if (!cell?.clientWidth || cell.clientWidth === table.fitted) return;
  table.fitted = cell.clientWidth;
  const { fontWeight, fontSize, fontFamily } = getComputedStyle(rows[0].open);
  pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
  const texts = rows.map((_, team) => fitted(name[team], model.layout.cells[team].rest, cell.clientWidth - 12, (text) => pen.measureText(text).width));
  table.wrapped = new Set(texts).size < new Set(name).size;
  sheet.classList.toggle("wrapped", table.wrapped);
  rows.forEach(({ open }, team) => { open.textContent = table.wrapped ? name[team] : texts[team]; });
}

/** The ranges and first drivers of a team under each plan, for whoever points at its row. */
function explain(table, { words, chip, shown }, team) {
  const { model, store } = table, { week, secret } = store.state, { row: k, unit } = shownOutcome(table);
  if (!shown || secret || !model.plans.every(({ teams }) => teams && k < teams.mean.shape[0])) return;
  words.title = model.plans.map(({ name, teams: { mean, low, high } }) =>
    `${name}: ${ranged(mean.at3(k, week - 1, team), low.at3(k, week - 1, team), high.at3(k, week - 1, team), unit)}`).join("\n");
  chip.title = model.plans.map(({ drivers }, p) => {
    const [d, next] = driversOf(drivers, team, week).map((one) => model.payload.drivers[one].label);
    return `${letter(p)}: ${d ?? "nothing"}${next ? `, then ${next}` : ""}`;
  }).join("\n");
}

/** The first and last place that must be right at once: of many rows, those in sight. */
function seen(table) {
  const { rows, body, sight } = table;
  if (rows.length < MANY || table.wrapped) return [0, rows.length];
  table.height ||= body.firstElementChild.offsetHeight || 20;
  return [sight[0] / table.height - 2, (sight[0] + sight[1]) / table.height + 2];
}

function head(table) {
  const { model, title, share } = table, { label, unit } = shownOutcome(table), plans = model.plans.map((_, p) => letter(p));
  const ofChart = (words) => h("span", { class: "of-chart" }, words);
  put(title, label, plans.length === 2 ? [": A", ofChart(" (ring)"), " to B", ofChart(" (dot)")] : plans.length > 1 ? `: ${listed(plans)}` : null);
  share.title = ["share", "1"].includes(unit) ? "" : unit;
}

function sorted(table) {
  const { model, store, rows, order, body } = table, { row: k } = shownOutcome(table), { week, sort } = store.state;
  const gap = (team) => {
    if (!rows[team].shown) return -1;
    const values = model.plans.map(({ teams }) => teams?.mean.at3(k, week - 1, team) ?? 0).filter(Number.isFinite);
    return values.length > 1 ? Math.max(...values) - Math.min(...values) : 0;
  };
  const all = rows.map((_, team) => team);
  if (sort === "difference") all.sort((a, b) => gap(b) - gap(a) || a - b);
  put(order, sort === "difference" ? "by difference" : "by name");
  if (all.some((team, place) => body.children[place] !== rows[team].row)) body.append(...all.map((team) => rows[team].row));
  all.forEach((team, place) => { rows[team].place = place; });
}

function followScroll(table) {
  const { scroll } = table;
  const look = () => { table.sight = [scroll.scrollTop, scroll.clientHeight]; };
  scroll.addEventListener("scroll", () => {
    look();
    if (table.late) update(table);
  }, { passive: true });
  new ResizeObserver(() => {
    look();
    fit(table);
  }).observe(scroll);
}
