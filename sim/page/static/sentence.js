// The computed answer, plans in their colours.

import { h, put } from "uptake/dom";

export function createSentence(payload) {
  const line = h("p", { class: "sentence", role: "status" }), note = h("p", { class: "bands" });
  /** Show the answer; with `few` worlds as a provisional one. */
  const show = ({ sentence, bands, worlds }, few = 0) => {
    put(line, few ? "~ " : null, sentence.map(({ text, plan, strong }) => {
      if (plan !== undefined) return h("strong", { class: `plan-name plan-${plan % 8}` }, text);
      return strong ? h("strong", {}, text) : text;
    }));
    put(note, few ? h("b", {}, `~ While you drag: ${few} of ${worlds} worlds, so ranges are rough; all ${worlds} when you pause.`) : bands);
  };
  show(payload);
  return { element: h("div", { class: "answer" }, line, note), show };
}
