// Whose page it is: logo and client in the head, and the colour of what is chosen and pressed.

import { h } from "uptake/dom";

/** The mark of those a page is by and for; null where nothing was said. */
export function createBrand(brand) {
  if (!brand) return null;
  const { client, author, date, title, accent, dark_accent: dark, logo } = brand, sheet = new CSSStyleSheet();
  sheet.replaceSync(`:root { --accent: ${accent}; } :root[data-theme="dark"] { --accent: ${dark}; }`);
  document.adoptedStyleSheets.push(sheet);
  document.title = [client, title || "Uptake"].filter(Boolean).join(" · ");
  return h("span", { class: "brand", title: [title, client, author, date].filter(Boolean).join(" · ") },
    logo ? h("img", { class: "brand-logo", src: logo, alt: client ? "" : "Logo" }) : null, client ? h("b", { class: "brand-client" }, client) : null);
}
