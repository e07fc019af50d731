// Upload people.csv and ties.csv: checked like on the command line, kept in memory only.

import { button, freshId, h, put } from "uptake/dom";

/** One problem, beside the row it is about. */
const problem = ({ where, path, what, right, line }) => h("li", {},
  h("span", { class: "where" }, [where, path].filter(Boolean).join(" ")), line ? h("span", { class: "line" }, line) : null,
  h("span", {}, h("b", { class: "wrong" }, what), ` — ${right}`));

/** The dialog. `send({people, ties, name, scale})` uploads; it may fail with problems. */
export function createUpload(limits, send) {
  const found = h("ul", { class: "problems", role: "alert" });
  const file = (name) => {
    const id = freshId("file"), input = h("input", { id, type: "file", accept: ".csv,text/csv", name });
    return [h("label", { for: id }, `${name}.csv `), input];
  };
  const [peopleLabel, people] = file("people"), [tiesLabel, ties] = file("ties");
  const nameId = freshId("name"), name = h("input", { id: nameId, type: "text", maxlength: 100 });
  const scaleId = freshId("scale"), scale = h("input", { id: scaleId, type: "checkbox" });
  const go = button("Upload", upload, { class: "primary" });

  async function upload() {
    const [one, other] = [people.files[0], ties.files[0]];
    if (!one || !other) {
      put(found, problem({ where: one ? "ties.csv" : "people.csv", what: "is not chosen", right: "both files" }));
      return;
    }
    const megabytes = (one.size + other.size) / 1048576;
    if (megabytes > limits.megabytes) {
      put(found, problem({ where: "upload", what: `has ${megabytes.toFixed(1)} MB, above the limit of ${limits.megabytes} MB`, right: "smaller files, or the command line" }));
      return;
    }
    go.disabled = true;
    put(found, h("li", { role: "status" }, "Reading and checking…"));
    try {
      await send({
        people: new Uint8Array(await one.arrayBuffer()), ties: new Uint8Array(await other.arrayBuffer()),
        name: name.value, scale: scale.checked ? "five-point" : "",
      });
      put(found);
      dialog.close();
    } catch (error) {
      put(found, error.problems?.length ? error.problems.map(problem) : problem({ where: "upload", what: error.message, right: "try again" }));
    } finally {
      go.disabled = false;
    }
  }

  const dialog = h("dialog", { class: "wide upload", "aria-label": "Upload an organisation" },
    h("div", { class: "panel-head" }, h("h2", {}, "Your people and ties"), button("Close", () => dialog.close())),
    h("p", { class: "small" }, `Two CSV files, up to ${limits.megabytes} MB and ${limits.rows.toLocaleString("en-GB")} rows each. They are read in memory on this machine, never written to disk, and dropped when this tab closes.`),
    h("div", { class: "drop" }, h("div", {}, peopleLabel, people), h("div", {}, tiesLabel, ties),
      h("div", {}, h("label", { for: nameId }, "Name "), name),
      h("div", {}, scale, h("label", { for: scaleId }, " survey answers are on a five-point scale")), h("div", {}, go)),
    found);
  return { element: dialog, open: () => dialog.showModal() };
}
