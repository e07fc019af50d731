// Three stages of one simulator: a guided walk, comparing plans, and changing them.

import { button, h, put } from "uptake/dom";
import { letter } from "uptake/words";

export const STAGES = { walk: "Guided walk", presets: "Compare plans", sandbox: "Change plans" };

/** The switch between the stages. */
export function createSwitch(change) {
  const buttons = Object.entries(STAGES).map(([key, name]) => button(name, () => change(key), { "data-stage": key }));
  return {
    element: h("div", { class: "stages", role: "group", "aria-label": "Stage" }, buttons),
    show: (stage) => buttons.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.stage === stage))),
  };
}

/** A select that keeps its options for as long as they are the same. */
function fill(select, options) {
  const key = JSON.stringify(options);
  if (select.dataset.options === key) return;
  select.dataset.options = key;
  put(select, options.map(([value, text, title]) => h("option", { value, title }, text)));
}

/**
 * The strip of plans and organisation. `acts.open(patch)` shows others; `show(wanted)` puts every
 * control to what is wanted, which is what a person chose last, answered or not.
 */
export function createStrip(choices, acts) {
  /** @type {any} */
  const strip = { choices, acts, wanted: null, plans: [], place: h("span", { class: "plan-choices" }) };
  const keys = () => strip.wanted.plans;
  const another = () => choices.plans.find(({ key }) => !keys().includes(key))?.key ?? keys()[0];
  strip.more = button("+ plan", () => acts.open({ plans: [...keys(), another()] }));
  strip.less = button("− plan", () => acts.open({ plans: keys().slice(0, -1) }));
  strip.organisation = h("select", { "aria-label": "Organisation", onchange: () => chooseOrganisation(strip) });
  strip.element = h("section", { class: "strip panel", "aria-label": "Plans and organisation" }, strip.place, strip.more, strip.less,
    h("label", {}, "Organisation", strip.organisation), button("Upload …", acts.upload));
  return { element: strip.element, show: (wanted) => show(strip, wanted) };
}

function chooseOrganisation({ organisation, acts, wanted }) {
  const { value } = organisation;
  if (value !== "upload") {
    if (value) acts.open({ organisation: value, uploaded: false });
    return;
  }
  organisation.value = wanted.uploaded ? "" : wanted.organisation;
  acts.upload();
}

function show(strip, wanted) {
  const { choices, acts, plans, place, organisation } = strip;
  strip.wanted = wanted;
  for (let p = plans.length; p < wanted.plans.length; p += 1) {
    const select = h("select", { "aria-label": `Plan ${letter(p)}`, onchange: () => acts.open({ plans: strip.wanted.plans.with(p, select.value) }) });
    plans.push({ select, label: h("label", {}, letter(p), select) });
    place.append(plans[p].label);
  }
  for (const { label } of plans.splice(wanted.plans.length)) label.remove();
  plans.forEach(({ select }, p) => {
    fill(select, choices.plans.map(({ key, name, purpose }) => [key, name, purpose]));
    select.value = wanted.plans[p];
  });
  strip.more.hidden = wanted.plans.length > 3;
  strip.less.hidden = wanted.plans.length < 2;
  fill(organisation, [...(wanted.uploaded ? [["", "your upload"]] : []), ...choices.organisations.map(({ key }) => [key, key]), ["upload", "upload your own files …"]]);
  organisation.value = wanted.uploaded ? "" : wanted.organisation;
}
