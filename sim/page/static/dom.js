// Make elements. Text is always text: nothing from a file is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, to] of Object.entries(value)) element.style.setProperty(key, to);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...shown(children));
  return element;
}

const shown = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

/** Children as HTML has them: no line ends within a range such as 55–66%. */
const unbroken = (children) => shown(children).map((child) => (typeof child === "string" ? child.replace(/(?<=\d)–(?=\d)/g, "–\u2060") : child));

/** An HTML element: h("p", {class: "note"}, "text", child). */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, unbroken(children));

/** An SVG element. */
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** A button that says in words what it does. */
export const button = (text, onclick, attributes = {}) => h("button", { type: "button", onclick, ...attributes }, text);

/** Put children in place of what an element holds. */
export const put = (element, ...children) => {
  element.replaceChildren(...unbroken(children));
  return element;
};

let last = 0;
/** A fresh id, for a label and its control. */
export const freshId = (word) => `${word}-${++last}`;

/** Say a sentence to those who hear the page. */
export function announce(root, text) {
  const place = root.querySelector(".announce");
  if (place) place.textContent = text;
}

/** What is dragged by a finger: the page does not scroll away under it. In drawings `touch-action` is not enough. */
export const heldByFinger = (element) => element.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
