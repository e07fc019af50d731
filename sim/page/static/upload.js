// Upload files of an organisation: read and checked like on the command line, kept in memory only.

import { button, freshId, h, put } from "uptake/dom";
import { createMapping } from "uptake/mapping";

/** One problem, beside the row it is about. */
const problem = ({ where, path, what, right, line }) => h("li", {},
  h("span", { class: "where" }, [where, path].filter(Boolean).join(" ")), line ? h("span", { class: "line" }, line) : null,
  h("span", {}, h("b", { class: "wrong" }, what), ` — ${right}`));

/**
 * The dialog. `send({people, ties, name, scale})`, or `send({files, sheets, name})` for files of any kind,
 * uploads; `look({files})` says what these are taken for. Both may fail with problems.
 */
export function createUpload(limits, send, look) {
  const found = h("ul", { class: "problems", role: "alert" });
  const file = (name) => {
    const id = freshId("file"), input = h("input", { id, type: "file", accept: ".csv,text/csv", name });
    return [h("label", { for: id }, `${name}.csv `), input];
  };
  const [peopleLabel, people] = file("people"), [tiesLabel, ties] = file("ties");
  const nameId = freshId("name"), name = h("input", { id: nameId, type: "text", maxlength: 100 });
  const scaleId = freshId("scale"), scale = h("input", { id: scaleId, type: "checkbox" });
  const anyId = freshId("file"), any = h("input", { id: anyId, type: "file", multiple: true, name: "any", onchange: guess });
  const place = h("div", { class: "mapping" });
  let mapping = null;
  const go = button("Upload", upload, { class: "primary" });

  const failed = (error) => put(found, error.problems?.length ? error.problems.map(problem) : problem({ where: "upload", what: error.message, right: "try again" }));
  const chosen = () => Promise.all([...any.files].map(async (one) => ({ name: one.name, content: new Uint8Array(await one.arrayBuffer()) })));
  const tooLarge = (files) => {
    const megabytes = files.reduce((sum, one) => sum + one.size, 0) / 1048576;
    if (megabytes <= limits.megabytes) return false;
    put(found, problem({ where: "upload", what: `has ${megabytes.toFixed(1)} MB, above the limit of ${limits.megabytes} MB`, right: "smaller files, or the command line" }));
    return true;
  };

  /** Ask what the chosen files are taken for, and show it to be corrected. */
  async function guess() {
    mapping = null;
    put(place);
    if (!any.files.length || tooLarge([...any.files])) return;
    put(found, h("li", { role: "status" }, "Reading…"));
    try {
      mapping = createMapping(await look({ files: await chosen() }));
      put(place, mapping.element);
      put(found);
    } catch (error) {
      failed(error);
    }
  }

  async function upload() {
    if (any.files.length) {
      if (mapping && !tooLarge([...any.files])) {
        await sent(async () => send({ files: await chosen(), sheets: mapping.said(), name: name.value }));
      }
      return;
    }
    const [one, other] = [people.files[0], ties.files[0]];
    if (!one || !other) {
      put(found, problem({ where: one ? "ties.csv" : "people.csv", what: "is not chosen", right: "both files, or files of any other kind" }));
      return;
    }
    if (tooLarge([one, other])) return;
    await sent(async () => send({
      people: new Uint8Array(await one.arrayBuffer()), ties: new Uint8Array(await other.arrayBuffer()),
      name: name.value, scale: scale.checked ? "five-point" : "",
    }));
  }

  async function sent(doIt) {
    go.disabled = true;
    put(found, h("li", { role: "status" }, "Reading and checking…"));
    try {
      await doIt();
      put(found);
      dialog.close();
    } catch (error) {
      failed(error);
    } finally {
      go.disabled = false;
    }
  }

  const dialog = h("dialog", { class: "wide upload", "aria-label": "Upload an organisation" },
    h("div", { class: "panel-head" }, h("h2", {}, "Your organisation"), button("Close", () => dialog.close())),
    h("p", { class: "small" }, `people.csv and ties.csv, or whatever files there are (HR export, Copilot use, survey, mail log, network), up to ${limits.megabytes} MB. They are read in memory on this machine, never written to disk, and dropped when this tab closes.`),
    h("div", { class: "drop" }, h("div", {}, peopleLabel, people), h("div", {}, tiesLabel, ties),
      h("div", {}, h("label", { for: anyId }, "or files of any other kind "), any),
      h("div", {}, h("label", { for: nameId }, "Name "), name),
      h("div", {}, scale, h("label", { for: scaleId }, " survey answers are on a five-point scale")), h("div", {}, go)),
    found, place);
  return { element: dialog, open: () => dialog.showModal() };
}
