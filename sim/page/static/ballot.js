// The page on a phone: a bet on a plan, and nothing of the answer.

import { followTheme } from "uptake/colours";
import { button, freshId, h, put } from "uptake/dom";
import { createStore } from "uptake/store";

followTheme(createStore({ theme: "auto" }), new AbortController().signal);

const root = /** @type {HTMLElement} */ (document.getElementById("ballot"));
const { plan, outcome, firm, weeks, marks } = JSON.parse(root.dataset.question ?? "{}");
const ticket = [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");

const who = h("input", { id: "who", type: "text", maxlength: 24, autocomplete: "off" });
const said = h("p", { role: "status", class: "ballot-said" });
/** Shares by week: of the weeks that were touched. */
const guess = {};
const sliders = marks.map((week) => {
  const id = freshId("week"), output = h("output", { for: id }, "–");
  const input = h("input", { id, type: "range", min: 0, max: 100, step: 1, value: 0, oninput: () => {
    said.textContent = "";
    guess[week] = Number(input.value) / 100;
    output.textContent = `${input.value}%`;
  } });
  return h("p", { class: "ballot-week" }, h("label", { for: id }, `In week ${week}`), output, input);
});
const go = button("Place my bet", place, { class: "primary" });

async function place() {
  if (!Object.keys(guess).length) {
    said.textContent = "Move a slider first.";
    return;
  }
  go.disabled = true;
  try {
    const answer = await fetch(location.pathname, { method: "POST", body: JSON.stringify({ ticket, who: who.value, guess }) });
    const text = await answer.text();
    said.textContent = answer.ok ? "Placed. You may change it until the curve is revealed." : text;
    if (answer.ok) put(go, "Change my bet");
  } catch {
    said.textContent = "It did not get there: try again.";
  }
  go.disabled = false;
}

put(root, h("h1", {}, "Place your bet"),
  h("p", {}, `${plan}${firm ? ` at ${firm}` : ""}, ${weeks} weeks: what percentage of people? ${outcome}.`),
  h("p", { class: "ballot-week" }, h("label", { for: "who" }, "Your name"), who), sliders, go, said);
