// Upload files of an organisation: read and checked like on the command line, kept in memory only.

import { button, freshId, h, put } from "uptake/dom";
import { createMapping } from "uptake/mapping";
import { fixed } from "uptake/words";

/** One problem, beside the row it is about. */
/** @param {Problem} problem */
const shown = ({ where, path, what, right, line }) => h("li", {},
  h("span", { class: "where" }, [where, path].filter(Boolean).join(" ")), " ", line ? h("span", { class: "line" }, line) : null,
  h("span", {}, h("b", { class: "wrong" }, what), ` — ${right}`));

/**
 * The dialog. `send({people, ties, name, scale})`, or `send({files, sheets, name})` for files of any kind,
 * uploads; `look({files})` says what these are taken for. Both may fail with problems.
 */
export function createUpload(limits, send, look) {
  /** @type {any} */
  const upload = { limits, send, look, mapping: null, asked: 0, ...createFields() };
  upload.any.addEventListener("change", () => guess(upload));
  upload.go.addEventListener("click", () => uploaded(upload));
  upload.dialog = dialogOf(upload);
  return { element: upload.dialog, open: () => upload.dialog.showModal() };
}

/** A control with its label: [label, control]. */
function labelled(words, attributes) {
  const id = freshId("upload"), input = h("input", { id, ...attributes });
  return [h("label", { for: id }, words), input];
}

function createFields() {
  const csv = { type: "file", accept: ".csv,text/csv" };
  const [peopleLabel, people] = labelled("people.csv ", { ...csv, name: "people" });
  const [tiesLabel, ties] = labelled("ties.csv ", { ...csv, name: "ties" });
  const [anyLabel, any] = labelled("or files of any other kind ", { type: "file", multiple: true, name: "any" });
  const [nameLabel, name] = labelled("Name ", { type: "text", maxlength: 100 });
  const [scaleLabel, scale] = labelled(" survey answers are on a five-point scale", { type: "checkbox" });
  const go = button("Upload", null, { class: "primary" });
  const rows = [[peopleLabel, people], [tiesLabel, ties], [anyLabel, any], [nameLabel, name], [scale, scaleLabel], [go]];
  return {
    people, ties, any, name, scale, go, fields: h("div", { class: "drop" }, rows.map((row) => h("div", {}, row))),
    found: h("ul", { class: "problems", role: "alert" }), place: h("div", { class: "mapping" }),
  };
}

function dialogOf({ limits, fields, found, place }) {
  const dialog = h("dialog", { class: "wide upload", "aria-label": "Upload an organisation" },
    h("div", { class: "panel-head" }, h("h2", {}, "Your organisation"), button("Close", () => dialog.close())),
    h("p", { class: "small" }, `people.csv and ties.csv, or whatever files there are (HR export, Copilot use, survey, mail log, network), up to ${limits.megabytes} MB. They are read in memory on this machine, never written to disk, and dropped when this tab closes.`),
    fields, found, place);
  return dialog;
}

/** Say what is wrong; where the dialog can decide it, go there. */
function failed({ found, mapping }, error) {
  put(found, error.problems?.length ? error.problems.map(shown) : shown({ where: "upload", what: error.message, right: "try again" }));
  const doubt = error.problems?.find((one) => one.doubt)?.doubt;
  if (doubt) mapping?.ask(doubt.sheet, doubt.key);
}

const chosen = ({ any }) => Promise.all([...any.files].map(async (one) => ({ name: one.name, content: new Uint8Array(await one.arrayBuffer()) })));

function tooLarge({ limits, found }, files) {
  const megabytes = files.reduce((sum, one) => sum + one.size, 0) / 1048576;
  if (megabytes <= limits.megabytes) return false;
  put(found, shown({ where: "upload", what: `has ${fixed(megabytes, 1)} MB, above the limit of ${limits.megabytes} MB`, right: "smaller files, or the command line" }));
  return true;
}

/** Ask what the chosen files are taken for, and show it to be corrected. */
async function guess(upload) {
  const { any, place, found, look } = upload, mine = (upload.asked += 1);
  upload.mapping = null;
  put(place);
  if (!any.files.length || tooLarge(upload, [...any.files])) return;
  put(found, h("li", { role: "status" }, "Reading…"));
  try {
    const looked = await look({ files: await chosen(upload) });
    if (mine !== upload.asked) return; // other files have been chosen meanwhile
    upload.mapping = createMapping(looked);
    put(place, upload.mapping.element);
    put(found);
  } catch (error) {
    if (mine === upload.asked) failed(upload, error);
  }
}

async function uploaded(upload) {
  const { any, mapping, people, ties, name, scale, found, send } = upload;
  if (any.files.length) {
    if (mapping && !tooLarge(upload, [...any.files])) {
      await sent(upload, async () => send({ files: await chosen(upload), sheets: mapping.said(), name: name.value }));
    }
    return;
  }
  const [one, other] = [people.files[0], ties.files[0]];
  if (!one || !other) {
    put(found, shown({ where: one ? "ties.csv" : "people.csv", what: "is not chosen", right: "both files, or files of any other kind" }));
    return;
  }
  if (tooLarge(upload, [one, other])) return;
  await sent(upload, async () => send({
    people: new Uint8Array(await one.arrayBuffer()), ties: new Uint8Array(await other.arrayBuffer()),
    name: name.value, scale: scale.checked ? "five-point" : "",
  }));
}

async function sent(upload, doIt) {
  const { go, found, dialog } = upload;
  go.disabled = true;
  put(found, h("li", { role: "status" }, "Reading and checking…"));
  try {
    await doIt();
    put(found);
    dialog.close();
  } catch (error) {
    failed(upload, error);
  } finally {
    go.disabled = false;
  }
}
