// Making elements. Data only ever becomes text: there is no way here to give markup.

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {object} Options
 * @property {string} [class]
 * @property {string | number} [text]
 * @property {Record<string, string | number | boolean | null | undefined>} [attributes] true: without a value; false, null: not there
 * @property {Record<string, (event: any) => void>} [on] listeners
 */

/**
 * Make an element. Strings among the children become text; null and false are left out.
 * @param {string} tag
 * @param {Options} [options]
 * @param {Child[]} [children]
 * @returns {HTMLElement}
 */
export function element(tag, options = {}, children = []) {
  const made = document.createElement(tag);
  if (options.class) made.className = options.class;
  if (options.text !== undefined) made.textContent = String(options.text);
  setAttributes(made, options.attributes ?? {});
  for (const [name, listener] of Object.entries(options.on ?? {})) made.addEventListener(name, listener);
  made.append(...present(children));
  return made;
}

/** Replace all within `parent`. @param {Element} parent @param {...Child} children */
export function replace(parent, ...children) {
  parent.replaceChildren(...present(children));
}

/** Replace all within `parent` where its words differ: what a person opened or a screen reader is reading stays. @param {Element} parent @param {...Child} children */
export function replaceChanged(parent, ...children) {
  const made = present(children);
  if (parent.textContent !== made.map(({ textContent }) => textContent).join("")) parent.replaceChildren(...made);
}

/** Set text only where it differs, so that a live region speaks once. @param {Element} target @param {string} text */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** @param {string} id @returns {any} the element of the page with this id */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

const SVG = "http://www.w3.org/2000/svg";

/** An element of a drawing. @param {string} tag @param {Record<string, any>} [attributes] @param {Child[]} [children] */
export function svg(tag, attributes = {}, children = []) {
  const made = document.createElementNS(SVG, tag);
  setAttributes(made, attributes);
  made.append(...present(children));
  return made;
}

function setAttributes(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) target.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) target.setAttribute(name, String(value));
  }
}

function present(children) {
  const kept = children.filter((child) => child !== null && child !== undefined && child !== false);
  return kept.map((child) => (child instanceof Node ? child : String(child)));
}
