// What to do next: the changes worth most for these people, each with what it costs, and a click to add it.

import { button, h, put } from "uptake/dom";
import { fixed, letter, points, typed } from "uptake/words";

const REST = 600;

/** What a change costs, in words. */
export function costWords({ hours, money }) {
  const parts = [];
  if (hours > 0) parts.push(hours < 10 ? `${typed(hours, 2)} h` : `${fixed(hours, 0)} h`);
  if (money > 0) parts.push(`€${fixed(money, 0)}`);
  return parts.length ? parts.join(", ") : "no hours";
}

/** So many changes are named at most. */
const MOST = 3;

/**
 * Line two of the page. `ask({plan})` gives {plan, changes}; `add(plan, timeline)` takes one up. Its
 * buttons stay: while an answer is awaited they do nothing, as what they add is of the plan before.
 */
export function createNext(page, ask, add) {
  const { store } = page, head = h("span", { class: "next-head" });
  /** @type {any} */
  const next = { page, ask, add, head, wanted: true, found: new Map(), timer: 0, asked: 0, said: null };
  next.slots = Array.from({ length: MOST }, (_, i) => slotOf(next, i));
  next.element = h("div", { class: "next", role: "group", "aria-label": "What to do next" }, head, next.slots.map(({ element }) => element));
  store.on(["revision", "secret", "playing"], () => later(next));
  return {
    element: next.element,
    /** Whether the page is at a stage in which it belongs. */
    show(on) {
      next.wanted = on;
      later(next);
    },
  };
}

function slotOf(next, i) {
  const words = h("span", {}), plus = button("+", () => {
    if (next.said && plus.getAttribute("aria-disabled") !== "true") next.add(next.said.plan, next.said.changes[i].timeline);
  }, { class: "small-button" });
  return { words, plus, element: h("span", { class: "one-change", hidden: true }, words, plus) };
}

/** Whether the changes that are shown are those of the plan as it is. */
function ready(next, on) {
  for (const { plus } of next.slots) plus.setAttribute("aria-disabled", String(!on));
  next.element.setAttribute("aria-busy", String(!on));
}

/** The answer when nothing has moved for a while; what is known already at once. */
function later(next) {
  const { page, element, wanted } = next, { store, model } = page;
  clearTimeout(next.timer);
  element.hidden = !wanted || store.state.secret;
  if (element.hidden) return;
  const known = next.found.get(model.revision);
  ready(next, Boolean(known));
  if (model.plans.some(({ provisional }) => provisional)) return;
  if (known) show(next, known);
  else next.timer = setTimeout(() => find(next), REST);
}

async function find(next) {
  const { page, ask, head } = next, { revision } = page.model, mine = (next.asked += 1);
  put(head, h("span", { class: "small waiting" }, "Looking for what would help here most…"));
  try {
    const said = await ask({});
    if (said.stopped) {
      later(next);
      return;
    }
    next.found = new Map([[revision, said]]);
    if (mine === next.asked && revision === page.model.revision) show(next, said);
  } catch (error) {
    if (mine === next.asked) put(head, error.gone ? null : h("span", { class: "small wrong" }, error.message));
  }
}

function show(next, said) {
  const { page, slots, head } = next, { plan, changes, tried } = said;
  if (!page.model.plans[plan]) return;
  next.said = said;
  put(head, changes.length ? `Would help ${letter(plan)} most:` : `None of ${tried} single changes of ${letter(plan)} raises weekly use beyond chance.`);
  slots.forEach(({ words, plus, element }, i) => {
    const one = changes[i];
    element.hidden = !one;
    if (!one) return;
    put(words, h("b", {}, one.said.replace(" for everyone", "")), ` ${points(one.gain)} points (${points(one.low)} to ${points(one.high)}), ${costWords(one.cost)}`);
    plus.title = `Do it in plan ${letter(plan)}`;
    plus.setAttribute("aria-label", `Do it in plan ${letter(plan)}: ${one.said}`);
  });
  ready(next, true);
}
