// What can be taken away: plans as YAML, the chart, the tables, the report.

import { button, h, put } from "uptake/dom";
import { slideText } from "uptake/slide";

/** A cell of a CSV file: quoted where needed; a text that a spreadsheet would run is defused. */
export function csvCell(value) {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  let text = String(value ?? "");
  if (/^[=+\-@\t\r\n＝＋－＠]/.test(text)) text = `'${text}`;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csv = (rows) => rows.map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";

/**
 * Rows of the curves: one line a plan, outcome and week.
 * @param {Model} model
 */
export function curveRows(model) {
  /** @type {(string | number)[][]} */
  const rows = [["plan", "outcome", "unit", "week", "mean", "low", "high"]];
  for (const plan of model.plans) {
    model.payload.outcomes.forEach((one, k) => {
      for (let w = 0; w < model.payload.weeks; w += 1) {
        const { mean, low, high } = plan.curves;
        rows.push([plan.name, one.name, one.unit, w + 1, mean.at2(k, w), low.at2(k, w), high.at2(k, w)]);
      }
    });
  }
  return rows;
}

/**
 * Rows of the teams: one line a plan, outcome, week and team of five people or more.
 * @param {Model} model
 */
export function teamRows(model) {
  /** @type {(string | number)[][]} */
  const rows = [["plan", "outcome", "week", "team", "mean", "low", "high"]];
  const { name, shown } = model.organisation.teams;
  for (const plan of model.plans) {
    const { teams } = plan;
    if (!teams) continue;
    model.payload.team_outcomes.forEach((outcome, k) => {
      for (let w = 0; w < model.payload.weeks; w += 1) {
        name.forEach((team, t) => {
          if (!shown[t]) return;
          const { mean, low, high } = teams;
          rows.push([plan.name, outcome, w + 1, team, mean.at3(k, w, t), low.at3(k, w, t), high.at3(k, w, t)]);
        });
      }
    });
  }
  return rows;
}

/** A file name of a plan's name. */
export const fileName = (name, suffix) =>
  `${name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || "plan"}.${suffix}`;

export function save(name, content, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function png({ text, width, height }) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * 2, height * 2];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(2, 2);
  context.drawImage(image, 0, 0, width, height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/**
 * The menu of downloads; `backend.report` gives the report as a blob, where there is one.
 * @param {Model} model
 */
export function createDownloads(model, store, deck, backend, say, signal) {
  const background = () => getComputedStyle(document.documentElement).getPropertyValue("--panel").trim();
  const chart = () => slideText(model, deck, background());
  const close = () => { element.open = false; };
  const item = (text, act) => h("li", {}, button(text, async () => {
    close();
    try {
      await act();
    } catch (error) {
      say(error.message);
    }
  }));
  const list = h("ul", { class: "menu" });
  let plans = 0;
  const load = () => plans !== model.plans.length && (plans = model.plans.length) && put(list, model.plans.map((_, p) => item(`Plan ${String.fromCharCode(65 + p)} as a scenario (YAML)`, async () =>
      save(fileName(model.plans[p].name, "yaml"), model.plans[p].yaml || await backend.yaml(p), "application/yaml"))),
    item("Chart (SVG)", () => save("curves.svg", chart().text, "image/svg+xml")),
    item("Chart (PNG)", async () => save("curves.png", await png(chart()), "image/png")),
    item("Curves (CSV)", () => save("curves.csv", csv(curveRows(model)), "text/csv")),
    item("Teams (CSV)", () => save("teams.csv", csv(teamRows(model)), "text/csv")),
    backend?.report ? item("Report (one HTML file)", async () => {
      say("Making the report…");
      save("report.html", await backend.report(), "text/html");
      say("The report is made.");
    }) : null);
  const element = h("details", { class: "downloads" }, h("summary", {}, "Download"), list);
  document.addEventListener("click", (event) => {
    if (!element.contains(event.target)) close();
  }, { signal });
  store.on(["secret"], ({ secret }) => { element.hidden = secret; }); // everything in it gives a bet away
  load();
  return { element, load };
}
