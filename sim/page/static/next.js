// What to do next: the changes worth most for these people, each with what it costs, and a click to add it.

import { button, h, put } from "uptake/dom";
import { letter, points } from "uptake/words";

const REST = 600;
const grouped = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/** What a change costs, in words. */
export function costWords({ hours, money }) {
  const parts = [];
  if (hours > 0) parts.push(hours < 10 ? `${Number(hours.toPrecision(2))} h` : `${grouped.format(hours)} h`);
  if (money > 0) parts.push(`€${grouped.format(money)}`);
  return parts.length ? parts.join(", ") : "no hours";
}

/** Line two of the page. `ask({plan})` gives {plan, changes}; `add(plan, timeline)` takes one up. */
export function createNext(page, ask, add) {
  const { store } = page, element = h("div", { class: "next", role: "group", "aria-label": "What to do next" });
  const next = { page, ask, add, element, wanted: true, found: new Map(), timer: 0, asked: 0 };
  store.on(["revision", "secret", "playing"], () => later(next));
  return {
    element,
    /** Whether the page is at a stage in which it belongs. */
    show(on) {
      next.wanted = on;
      later(next);
    },
  };
}

/** The answer when nothing has moved for a while; what is known already at once. */
function later(next) {
  const { page, element, wanted } = next, { store, model } = page;
  clearTimeout(next.timer);
  element.hidden = !wanted || store.state.secret;
  if (element.hidden || model.plans.some(({ provisional }) => provisional)) return;
  if (next.found.get(model.revision)) show(next, next.found.get(model.revision));
  else next.timer = setTimeout(() => find(next), REST);
}

async function find(next) {
  const { page, ask, element } = next, { revision } = page.model, mine = (next.asked += 1);
  put(element, h("span", { class: "small waiting" }, "Looking for what would help here most…"));
  try {
    const said = await ask({});
    if (said.stopped) {
      later(next);
      return;
    }
    next.found = new Map([[revision, said]]);
    if (mine === next.asked && revision === page.model.revision) show(next, said);
  } catch (error) {
    if (mine === next.asked) put(element, error.gone ? null : h("span", { class: "small wrong" }, error.message));
  }
}

function show({ element, add, page }, { plan, changes, tried }) {
  const name = page.model.plans[plan]?.name;
  if (!name) return;
  put(element, h("span", { class: "next-head" }, changes.length ? `Would help ${letter(plan)} most:` : `None of ${tried} single changes of ${letter(plan)} raises weekly use beyond chance.`),
    changes.map(({ said, gain, low, high, cost, timeline }) => h("span", { class: "one-change" },
      h("b", {}, said.replace(" for everyone", "")), ` ${points(gain)} points (${points(low)} to ${points(high)}), ${costWords(cost)}`,
      button("+", () => add(plan, timeline), { class: "small-button", title: `Do it in plan ${letter(plan)}`, "aria-label": `Do it in plan ${letter(plan)}: ${said}` }))));
}
