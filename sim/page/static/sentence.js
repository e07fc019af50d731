// The computed answer, plans in their colours; what a change did; hidden while a bet is placed.

import { h, put } from "uptake/dom";

/** Segments of text as elements; plans in their colours. */
const words = (segments) => segments.map(({ text, plan, strong }) => {
  if (plan !== undefined) return h("strong", { class: `plan-name plan-${plan % 8}` }, text);
  return strong ? h("strong", {}, text) : text;
});

/**
 * @param {Model} model
 * @param {Store} store
 */
export function createSentence(model, store) {
  const line = h("p", { class: "sentence", role: "status" }), note = h("p", { class: "bands" });
  let few = 0;
  /** Show the answer; with fewer replicates than there are as a provisional one. */
  const show = (replicates = 0) => {
    few = replicates;
    const { sentence, bands, worlds: all } = model.payload;
    const { secret, quiet } = store.state;
    if (secret || quiet) {
      put(line, secret ? "What do you expect? Draw it, then reveal." : "Watch what happens.");
      put(note);
      return;
    }
    put(line, few ? "~ " : null, words(sentence), model.plans.map(({ changed }) => (changed ? h("span", { class: "changed" }, " ", words(changed)) : null)));
    put(note, few ? h("b", {}, `~ While you drag: ${few} of ${all} replicates, so ranges are rough; all ${all} when you pause.`) : bands);
  };
  store.on(["secret", "quiet"], () => show(few));
  show();
  return { element: line, note, show, load: () => show() };
}
