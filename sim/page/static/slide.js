// The time deck as a slide: it says what it shows, whose it is and what it rests on.

import { curveOf, drawAxes, drawEnds } from "uptake/chart";
import { scalesOf, secondOf } from "uptake/deck";
import { s } from "uptake/dom";
import { cut } from "uptake/names";
import { drawBars } from "uptake/timeline";
import { count } from "uptake/words";

const KEPT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "opacity",
  "font-size", "font-weight", "font-family", "text-anchor"];

/** A drawing that looks the same anywhere, as its styles are written into it; it stands in the page. */
function styled(svg) {
  for (const one of svg.querySelectorAll("*")) {
    const style = getComputedStyle(one);
    for (const name of KEPT) {
      const value = style.getPropertyValue(name);
      if (value) one.setAttribute(name, value);
    }
  }
  for (const one of [svg, ...svg.querySelectorAll("*")]) for (const name of ["class", "tabindex", "role"]) one.removeAttribute(name);
}

const WIDE = 960, SIDE = 14, HEAD = 66, TALL = 250, LEFT = 158, RIGHT = 156, AXIS = 46, LINE = 16;

/**
 * The deck as a slide, always of the same width: title, organisation, bars, curves with the names of
 * their axes, what the lines are, and what it rests on.
 * @param {Model} model
 */
export function slideText(model, deck, background) {
  const { outcomes, weeks, bands, source } = model.payload, one = outcomes[deck.row], second = secondOf(outcomes, one.name);
  const bars = s("g"), axes = s("g"), lines = s("g"), ends = s("g"), inner = WIDE - 2 * SIDE;
  const chart = scalesOf({ weeks, svg: null, domain: deck.scales.domain, plot: { left: LEFT, right: RIGHT, top: 8, height: TALL, width: inner - LEFT - RIGHT } });
  const { height } = drawBars(bars, model.plans, chart, null, null);
  drawAxes(axes, chart, one.unit);
  lines.append(...model.plans.map((plan, p) => curveOf(chart, plan, p, deck.row, second)).toReversed());
  drawEnds(ends, chart, model.plans, deck.row, weeks, one.unit);
  const words = (text, x, y, more) => s("text", { x, y, "font-size": 12, "font-family": "sans-serif", ...more }, text), middle = { "text-anchor": "middle" };
  const notes = [second < 0 ? "" : `Thin lines: ${outcomes[second].label.toLowerCase()}, ${plain(outcomes[second].meaning)}; 0 for eight weeks by definition.`, bands, source].filter(Boolean);
  const between = HEAD + height + 18, foot = between + 8 + TALL + AXIS, all = foot + LINE * notes.length + 4, up = between + 8 + TALL / 2;
  const slide = s("svg", { viewBox: `0 0 ${WIDE} ${all}`, width: WIDE, height: all },
    s("rect", { width: WIDE, height: all, fill: background }),
    words(fit(`${one.label} by week: ${model.plans.map(({ name }) => name).join(", ")}`, 18), SIDE, 26, { "font-size": 18, "font-weight": 700 }),
    words(fit(`${model.organisation.name}, ${count(model.organisation.n_people, "person", "people")}: ${plain(one.meaning)}`, 12), SIDE, 48, {}),
    s("g", { class: "deck-bars", transform: `translate(${SIDE} ${HEAD})` }, bars),
    s("g", { class: "deck-chart", transform: `translate(${SIDE} ${between})` }, axes, lines, ends),
    words(one.unit === "share" ? "share of people" : one.label.toLowerCase(), SIDE + LEFT - 46, up, { ...middle, transform: `rotate(-90 ${SIDE + LEFT - 46} ${up})` }),
    words("week", SIDE + LEFT + chart.plot.width / 2, between + TALL + 44, middle),
    notes.map((text, i) => words(text, SIDE, foot + LINE * (i + 1) - 4, { "font-size": 11 })));
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
  for (const text of slide.querySelectorAll(":scope > text")) text.setAttribute("fill", ink);
  const place = document.body.appendChild(s("svg", { class: "hear", "aria-hidden": "true" }, slide)); // styles hold in the page only
  slide.querySelectorAll(":scope > g").forEach(styled);
  place.remove();
  slide.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return { text: new XMLSerializer().serializeToString(slide), width: WIDE, height: all };
}

/** A line that fits the slide in a size, whatever the font. */
const fit = (text, size) => cut(text, WIDE - 2 * SIDE, (part) => part.length * size * 0.62);

/** A meaning without the key of its source. */
const plain = (meaning) => meaning.replace(/ \[.*?\]/g, "");
