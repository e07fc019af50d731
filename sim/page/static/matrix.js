// Who listens to whom, team by team: a matrix of attention.

import { h, put } from "uptake/dom";
import { fixed, share } from "uptake/words";

const MOST = 30;

/**
 * The matrix of the largest teams: rows listen, columns are listened to.
 * @param {Model} model
 * @param {Store} store
 */
export function createMatrix(model, store) {
  const place = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Matrix" });
  const dialog = h("dialog", { class: "wide", "aria-label": "Who listens to whom, team by team" },
    h("div", { class: "panel-head" }, h("h2", {}, "Who listens to whom"),
      h("button", { type: "button", onclick: () => dialog.close() }, "Close")), place);
  let shown = "";
  /** Made anew for other people only: somebody may be at one of its buttons. */
  const load = () => {
    const { teams, n_ties: ties, name } = model.organisation, key = JSON.stringify([name, teams.name, [...teams.shown], ties]);
    if (shown === key) return;
    shown = key;
    put(place, tableOf(model.organisation, (team) => store.set({ team, person: null })));
  };
  load();
  return { element: dialog, load, open: () => dialog.showModal() };
}

/** @param {Organisation} organisation */
function tableOf(organisation, choose) {
  const { start, name, shown } = organisation.teams;
  const size = (team) => start[team + 1] - start[team];
  const teams = name.map((_, team) => team).filter((team) => shown[team])
    .toSorted((a, b) => size(b) - size(a)).slice(0, MOST).toSorted((a, b) => a - b);
  const cells = new Map();
  const { from, to, share: shares } = organisation.between;
  for (let k = 0; k < from.length; k += 1) cells.set(`${from[k]} ${to[k]}`, shares[k]);
  const short = (text) => (text.length > 26 ? `${text.slice(0, 25)}…` : text);
  const level = (value) => (value <= 0 ? 0 : value < 0.05 ? 1 : value < 0.15 ? 2 : value < 0.4 ? 3 : 4);
  const body = teams.map((a) => h("tr", {},
    h("th", { scope: "row" }, h("button", { type: "button", class: "team", onclick: () => choose(a) }, short(name[a]))),
    teams.map((b) => {
      const value = cells.get(`${a} ${b}`) ?? 0;
      return h("td", { class: `level-${level(value)}`, title: `${name[a]} gives ${share(value)} of its attention to ${name[b]}` },
        value >= 0.005 ? fixed(100 * value, 0) : "");
    })));
  const rest = name.length - teams.length;
  const table = h("table", { class: "matrix" },
    h("caption", {}, "Percent of the attention of the team in the row that goes to the team in the column"
      + (rest ? `; ${rest} smaller teams left out` : "")),
    h("thead", {}, h("tr", {}, h("td", {}), teams.map((b) => h("th", { scope: "col" }, h("span", {}, short(name[b])))))),
    h("tbody", {}, body));
  return table;
}
