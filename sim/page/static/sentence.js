// The computed answer, plans in their colours.

import { h, put } from "uptake/dom";

export function createSentence(payload) {
  const line = h("p", { class: "sentence", role: "status" }), note = h("p", { class: "bands" });
  const show = ({ sentence, bands }) => {
    put(line, sentence.map(({ text, plan, strong }) => {
      if (plan !== undefined) return h("strong", { class: `plan-name plan-${plan % 8}` }, text);
      return strong ? h("strong", {}, text) : text;
    }));
    put(note, bands);
  };
  show(payload);
  return { element: h("div", { class: "answer" }, line, note), show };
}
