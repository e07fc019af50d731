// The replay of a report: the page in its frame, and stills of it for the print.

import { readColours } from "uptake/colours";
import { s, h } from "uptake/dom";
import { checkpointAt } from "uptake/drivers";
import { modelOf } from "uptake/model";
import { createNetwork } from "uptake/network";
import { mountPage } from "uptake/page";
import { readPayload } from "uptake/payload";
import { count, letter } from "uptake/words";

const WIDE = 640, TALL = 400, SHARP = 2;
/** An element that the template has for certain. */
const part = (page, id) => /** @type {HTMLElement} */ (page.getElementById(id));
const read = (id) => JSON.parse(part(document, id).textContent ?? "");
const outer = window.parent.document;
const { stills, whys, leading } = await readPayload(read("settings"));
const told = JSON.parse(new TextDecoder().decode(whys.text));

/** What is in the file; there is no engine to ask for more. */
const backend = {
  recorded: true,
  async why({ team, person, plan, week }) {
    if (person !== null) throw new Error("Why one person stands where they do is not in this file: ask with uptake serve. Click a team instead.");
    const { at, reruns } = told[plan][team], served = Object.values(told[plan]).filter((one) => one.reruns).length;
    const none = served ? `In this file single changes are run again for the ${count(served, "team")} with the least use under plan ${letter(plan)}`
      : `In this file no single changes are run again under plan ${letter(plan)}`;
    return { ...at[checkpointAt(whys.weeks, week)], ...(reruns ?? { none: `${none}: for all teams it would have taken too long. uptake serve does it for any.` }) };
  },
};

/** Every plan in every week of `weeks`, as pictures, in the light theme. */
function drawStills(payload, weeks) {
  const model = modelOf(payload);
  const view = { layout: model.layout, organisation: model.organisation, listens: model.listens, focus: null, team: null, person: null, hover: null };
  const theme = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
  const colours = readColours();
  const canvas = h("canvas", { style: { position: "fixed", left: "-9999px", top: "0", width: `${WIDE}px`, height: `${TALL}px` } });
  document.body.append(canvas);
  const network = createNetwork(canvas, view);
  network.refresh(colours);
  const figures = [];
  for (const week of weeks) {
    payload.plans.forEach((plan, index) => {
      network.show(plan.replay);
      network.draw(week);
      const image = outer.createElement("img");
      image.src = picture(canvas);
      image.alt = `${plan.name} in week ${week}`;
      const caption = outer.createElement("figcaption");
      caption.textContent = `Week ${week} · ${letter(index)} ${plan.name}`;
      const figure = outer.createElement("figure");
      figure.append(caption, image);
      figures.push(figure);
    });
  }
  canvas.remove();
  document.documentElement.dataset.theme = theme;
  return [legend(payload, colours), ...figures];
}

/** A JPEG on white: a print of a few hundred kilobytes rather than of megabytes. */
function picture(canvas) {
  const flat = h("canvas", { width: WIDE * SHARP, height: TALL * SHARP });
  const pen = flat.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, flat.width, flat.height);
  pen.drawImage(canvas, 0, 0, flat.width, flat.height);
  return flat.toDataURL("image/jpeg", 0.9);
}

function legend(payload, colours) {
  const list = outer.createElement("p");
  list.className = "still-legend";
  payload.stages.forEach(({ name, label }, code) => {
    if (name === "hidden") return;
    const shape = name === "lapsed" ? s("path", { d: "M6 0l6 6-6 6-6-6z" }) : s("circle", { cx: 6, cy: 6, r: 4.6 });
    shape.setAttribute("fill", name === "own" ? "#fff" : colours.stages[code]);
    if (colours.edges[code]) shape.setAttribute("stroke", colours.edges[code]);
    if (name === "own") shape.setAttribute("stroke-width", "2");
    const item = outer.createElement("span");
    item.append(s("svg", { viewBox: "-1 -1 14 14", width: 11, height: 11, "aria-hidden": "true" }, shape), ` ${label}`);
    list.append(item);
  });
  const kinds = outer.createElement("span");
  kinds.textContent = "ringed: manager · square: informal leader";
  list.append(kinds);
  return list;
}

const payload = await readPayload(read("payload"));
const place = part(outer, "stills");
place.dataset.plans = String(payload.plans.length);
place.replaceChildren(...drawStills(payload, stills));
const { store } = mountPage(part(document, "uptake"), payload, { backend, address: false });
store.set({ plan: leading });
const follow = () => { outer.documentElement.dataset.theme = store.state.shown_theme; };
store.on(["shown_theme"], follow);
follow();
outer.documentElement.dataset.ready = "true";
