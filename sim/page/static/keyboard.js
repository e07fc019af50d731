// Everything by keyboard, and a list of the keys behind "?".

import { button, freshId, h } from "uptake/dom";

const KEYS = [
  ["Space", "play or pause"],
  ["← →", "one week back or on"],
  ["Shift + ← →", "four weeks back or on"],
  ["Home, End", "first or last week"],
  ["↑ ↓", "team before or after"],
  ["0 1 2 3", "focus by degrees of separation"],
  ["B", "place your bet"],
  ["M", "who listens to whom, team by team"],
  ["L", "one network takes the stage"],
  ["I", "waves that leave informal leaders"],
  ["D", "dark or light"],
  ["Esc", "close what is open"],
  ["?", "this list"],
];
const BAR_KEYS = [
  ["Tab", "to a bar of a plan, where plans can be changed"],
  ["← →", "move it a week; with Shift four"],
  ["+ −", "longer or shorter"],
  ["Enter", "its levers, under “Change plans”"],
  ["Delete", "take it off, under “Change plans”"],
  ["Ctrl Z", "undo the last change of a plan"],
];

const rows = (keys) => keys.map(([key, words]) => h("tr", {}, h("th", { scope: "row" }, h("kbd", {}, key)), h("td", {}, words)));

/**
 * The list of keys, and the switch that turns single letters, digits and signs off: speech input types them.
 * @param {Store} store
 */
export function createHelp(store, bars) {
  const id = freshId("keys"), letters = h("input", { id, type: "checkbox", checked: store.state.letters, onchange: () => store.set({ letters: letters.checked }) });
  const dialog = h("dialog", { class: "help", "aria-label": "Keys" },
    h("div", { class: "panel-head" }, h("h2", {}, "Keys"), button("Close", () => dialog.close())),
    h("table", {}, h("tbody", {}, rows(KEYS))),
    bars ? [h("h3", {}, "On a bar of a plan"), h("table", {}, h("tbody", {}, rows(BAR_KEYS)))] : null,
    h("p", { class: "small" }, letters, h("label", { for: id }, " Letters, digits and ? act as keys")));
  return dialog;
}

/** Whether keys belong to what has the focus, and not to the page. */
const busy = (target) =>
  target instanceof Element && target.closest("input:not([type=range]), select, textarea, dialog[open], [role=slider]");

/**
 * Listen to keys until `signal` ends it; `acts` has bet(), matrix(), help() and dark().
 * @param {Model} model
 * @param {Store} store
 * @param {Clock} clock
 */
export function bindKeys(model, store, clock, acts, signal) {
  const step = (by) => clock.seek(store.state.week + by);
  const team = (by) => {
    const order = acts.teams();
    const at = order.indexOf(store.state.team);
    store.set({ team: order[(at + by + order.length) % order.length], person: null });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || busy(event.target)) return;
    const onButton = event.target instanceof Element && event.target.closest("button, summary, a");
    const onRange = event.target instanceof HTMLInputElement && event.target.type === "range" && !event.target.classList.contains("week");
    const { key } = event;
    if ((key === " " || key === "Enter") && onButton) return;
    if (onRange || (!store.state.letters && key.length === 1 && key !== " ")) return;
    if (key === " ") clock.toggle();
    else if (key === "ArrowLeft") step(event.shiftKey ? -4 : -1);
    else if (key === "ArrowRight") step(event.shiftKey ? 4 : 1);
    else if (key === "Home") clock.seek(1);
    else if (key === "End") clock.seek(model.payload.weeks);
    else if (key === "ArrowUp") team(-1);
    else if (key === "ArrowDown") team(1);
    else if (/^[0-3]$/.test(key)) store.set({ degrees: Number(key) });
    else if (key === "b" || key === "B") acts.bet();
    else if (key === "m" || key === "M") acts.matrix();
    else if (key === "l" || key === "L") store.set({ large: store.state.large === null ? store.state.plan ?? 0 : null });
    else if (key === "i" || key === "I") acts.lead();
    else if (key === "d" || key === "D") acts.dark();
    else if (key === "?") acts.help();
    else if (key === "Escape") {
      acts.hide();
      store.set(store.state.large === null ? { team: null, person: null, selected: null, leaders: false, follow: null } : { large: null });
    } else return;
    event.preventDefault();
  }, { signal });
}
