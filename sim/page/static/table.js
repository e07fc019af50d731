// The teams: where each stands under each plan, and what holds it back most.

import { N_PLANS } from "uptake/colours";
import { h, put, s } from "uptake/dom";
import { linesOf } from "uptake/layout";
import { listed, letter, ranged, share } from "uptake/words";

const WIDE = 66, HIGH = 16, EDGE = 6;

/** The row of the drivers' checkpoints that belongs to a week: the one at it or next before it. */
export function checkpointAt(checkpoints, week) {
  let found = 0;
  checkpoints.forEach((one, i) => {
    if (one <= week) found = i;
  });
  return found;
}

/** The drivers that hold a team back, as rows of the drivers, the strongest first; none where not shown. */
export function driversOf(drivers, team, week) {
  const k = checkpointAt(drivers.weeks, week), held = (d) => drivers.mean.at3(k, team, d);
  return Array.from({ length: drivers.mean.shape[2] }, (_, d) => d).filter((d) => held(d) > 0).sort((a, b) => held(b) - held(a));
}

/** The driver that is the strongest in all these teams; null where they differ, or with one team. */
export function commonDriver(drivers, teams, week) {
  const [first = null, ...others] = new Set(teams.map((team) => driversOf(drivers, team, week)[0] ?? null));
  return others.length || teams.length < 2 ? null : first;
}

/** What each driver holds back in the mean of `teams`. */
export function meansOf(drivers, teams, week) {
  const k = checkpointAt(drivers.weeks, week);
  return Array.from({ length: drivers.mean.shape[2] }, (_, d) =>
    teams.reduce((sum, team) => sum + drivers.mean.at3(k, team, d), 0) / teams.length);
}

/** The driver that holds a team back most beyond `means`, by `least` or more; or null. */
export function ownDriver(drivers, means, team, week, least = 0.005) {
  const k = checkpointAt(drivers.weeks, week), above = means.map((mean, d) => drivers.mean.at3(k, team, d) - mean);
  const most = Math.max(...above);
  return most >= least ? above.indexOf(most) : null;
}

export function createTable(model, store) {
  const { payload, organisation } = model;
  const names = organisation.teams.name;
  const rows = [];
  let common = {}, height = 0, sight = [0, 1000]; // of a row; what is scrolled to: asked once, as asking lays out the page
  const title = h("h2", {});
  const held = h("th", { scope: "col" }, "Held back by"), everywhere = h("p", { class: "everywhere", hidden: true });
  const body = h("tbody", {});
  const order = h("button", { type: "button", class: "sort", title: "Sort by the largest difference, or by name" }, "sort");
  const table = h("table", { class: `team-table${model.plans.length > 2 ? " many" : ""}` },
    h("colgroup", {}, ["", "c-chart", "c-share", "c-chip"].map((name) => h("col", { class: name }))),
    h("thead", {}, h("tr", {},
      h("th", { scope: "col" }, "Team"), h("th", { scope: "col" }, h("span", { class: "hear" }, "Chart")),
      h("th", { scope: "col" }, "Share"), held)),
    body);
  const element = h("section", { class: "teams panel", "aria-label": "Teams" },
    h("div", { class: "panel-head" }, title, order), everywhere,
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of teams" }, table));

  const outcomeName = () =>
    payload.team_outcomes.includes(store.state.outcome) ? store.state.outcome : payload.team_outcomes[0];
  const outcomeRow = () => payload.team_outcomes.indexOf(outcomeName());

  names.forEach((name, team) => {
    const shown = organisation.teams.shown[team];
    const open = h("button", {
      type: "button", class: "team", title: name, "aria-label": name,
      onclick: () => store.set({ team: store.state.team === team ? null : team, person: null }),
    }, name);
    const marks = model.plans.map((_, p) => mark(p));
    const line = s("line", { class: "reach", y1: HIGH / 2, y2: HIGH / 2 });
    const chart = s("svg", { width: WIDE, height: HIGH, "aria-hidden": "true" },
      s("line", { class: "rail", x1: EDGE, x2: WIDE - EDGE, y1: HIGH / 2, y2: HIGH / 2 }), line, marks);
    const words = h("td", { class: "values" }), chip = h("span", { class: "chip" });
    const row = h("tr", { "data-team": team }, h("th", { scope: "row" }, open),
      shown ? h("td", {}, chart) : h("td", { colspan: 3, class: "few" }, "under five people: not shown"),
      shown ? words : null, shown ? h("td", {}, chip) : null);
    const one = { row, open, marks, line, words, chip, shown: Boolean(shown) };
    for (const come of ["pointerenter", "focusin"]) row.addEventListener(come, () => explain(one, team));
    rows.push(one);
    body.append(row);
  });

  function mark(p) {
    if (p === 0 && model.plans.length > 1) return s("circle", { class: `ring plan-${p}`, cy: HIGH / 2, r: 4.4 });
    return s("circle", { class: `disc plan-${p % N_PLANS}`, cy: HIGH / 2, r: 4 });
  }

  function update() {
    const { week, team: chosen } = store.state;
    const k = outcomeRow(), x = (value) => EDGE + value * (WIDE - 2 * EDGE);
    const [from, to] = seen(), drivers = told(week);
    rows.forEach((one, team) => {
      if (one.place < from || one.place > to) return;
      one.row.classList.toggle("chosen", team === chosen);
      one.open.setAttribute("aria-pressed", String(team === chosen));
      if (!one.shown) return;
      const values = model.plans.map(({ teams }) => (teams ? teams.mean.at3(k, week - 1, team) : NaN));
      values.forEach((value, p) => one.marks[p].setAttribute("cx", String(x(value || 0))));
      one.line.setAttribute("x1", String(x(Math.min(...values) || 0)));
      one.line.setAttribute("x2", String(x(Math.max(...values) || 0)));
      const said = values.map((value, p) => `${model.plans[p].provisional ? "~" : ""}${share(value)}`);
      one.words.textContent = said.length > 2 ? said.join(" · ").replaceAll("% ·", " ·") : said.join(" → ");
      const words = payload.drivers[drivers[team]]?.words ?? "–";
      if (one.chip.textContent !== words) one.chip.textContent = words;
    });
  }

  /**
   * The driver that each row tells: the strongest; where that is the same in all teams it is said
   * once, above, and the rows tell what holds a team back more than others. Kept by checkpoint.
   */
  function told(week) {
    const { drivers } = model.plans.at(-1), key = `${checkpointAt(drivers.weeks, week)} ${model.revision}`;
    if (common.key !== key) {
      const teams = rows.flatMap(({ shown }, team) => (shown ? [team] : []));
      const all = commonDriver(drivers, teams, week), means = meansOf(drivers, teams, week);
      const driver = (team) => (all === null ? driversOf(drivers, team, week)[0] ?? null : ownDriver(drivers, means, team, week));
      common = { key, rows: rows.map((_, team) => driver(team)) };
      put(held, all === null ? "Held back by" : "More than others by");
      held.title = all === null ? "" : "What holds a team back more than the mean of all teams, by half a point of use or more";
      put(everywhere, all === null ? null : ["Every team is held back most by ", h("b", {}, payload.drivers[all].words), "."]);
      everywhere.hidden = all === null;
    }
    return common.rows;
  }

  /** Names as long as there is room for, shortened by words rather than cut off. */
  function fit() {
    const cell = rows[0]?.open.parentElement, pen = document.createElement("canvas").getContext("2d");
    if (!cell?.clientWidth) return;
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(rows[0].open);
    pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    rows.forEach(({ open }, team) => {
      [open.textContent] = linesOf(names[team], cell.clientWidth - 12, (text) => pen.measureText(text).width, 1);
    });
  }

  /** The ranges and first drivers of a team under each plan, for whoever points at its row. */
  function explain({ words, chip, shown }, team) {
    if (!shown || !model.plans[0].teams) return;
    const { week } = store.state, k = outcomeRow();
    words.title = model.plans.map(({ name, teams: { mean, low, high } }) =>
      `${name}: ${ranged(mean.at3(k, week - 1, team), low.at3(k, week - 1, team), high.at3(k, week - 1, team), "share")}`).join("\n");
    chip.title = model.plans.map(({ drivers }, p) => {
      const [d, next] = driversOf(drivers, team, week).map((one) => payload.drivers[one].label);
      return `${letter(p)}: ${d ?? "nothing"}${next ? `, then ${next}` : ""}`;
    }).join("\n");
  }

  /** The first and last place that must be right: while many rows play or are dragged, those in sight. */
  function seen() {
    if (rows.length < 60 || !(store.state.playing || model.plans.some(({ provisional }) => provisional))) return [0, rows.length];
    height ||= body.firstElementChild.offsetHeight || 20;
    return [sight[0] / height - 2, (sight[0] + sight[1]) / height + 2];
  }

  function head() {
    const { label } = payload.outcomes.find((one) => one.name === outcomeName());
    const plans = model.plans.map((_, p) => letter(p));
    const key = plans.length === 2 ? "A (ring) to B (dot)" : listed(plans);
    put(title, plans.length > 1 ? `${label}: ${key}` : label);
  }

  function sorted() {
    const k = outcomeRow(), { week, sort } = store.state;
    const gap = (team) => {
      if (!rows[team].shown) return -1;
      const values = model.plans.map(({ teams }) => teams.mean.at3(k, week - 1, team));
      return Math.max(...values) - Math.min(...values);
    };
    const all = rows.map((_, team) => team);
    if (sort === "difference") all.sort((a, b) => gap(b) - gap(a) || a - b);
    put(order, sort === "difference" ? "by difference" : "by name");
    all.forEach((team, place) => { rows[team].place = place; });
    body.append(...all.map((team) => rows[team].row));
  }
  order.addEventListener("click", () =>
    store.set({ sort: store.state.sort === "difference" ? "name" : "difference" }));

  store.on(["week", "team", "revision", "playing"], update);
  store.on(["sort"], sorted);
  store.on(["outcome"], () => {
    head();
    update();
  });
  store.on(["team"], ({ team }) => {
    if (team !== null) rows[team]?.row.scrollIntoView({ block: "nearest" });
  });
  const scroll = element.querySelector(".scroll");
  const look = () => { sight = [scroll.scrollTop, scroll.clientHeight]; };
  scroll.addEventListener("scroll", () => {
    look();
    if (store.state.playing) update();
  }, { passive: true });
  new ResizeObserver(() => {
    look();
    fit();
  }).observe(scroll);
  head();
  sorted();
  update();
  return { element };
}
