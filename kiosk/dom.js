// Builds elements from names and text; no markup is ever parsed, so Trusted Types have nothing to object to.

import { onTap } from './tap.js';

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {string | number | boolean | null | undefined | (() => void)} Value */

/**
 * One element. `tap` is what a tap does; `true` sets an attribute without a value; null, undefined and false set nothing.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, Value>} [properties]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  if (tag === 'button') element.setAttribute('type', 'button');
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') onTap(element, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * One SVG element.
 * @param {string} tag
 * @param {Record<string, string | number>} [properties]
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function s(tag, properties, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(properties ?? {})) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * A drawing of the sprite in index.html; it says nothing to a screen reader, its label does.
 * @param {string} name
 * @param {string} [kind] further classes
 * @returns {SVGElement}
 */
export function icon(name, kind) {
  return s('svg', { class: kind ? `icon ${kind}` : 'icon', 'aria-hidden': 'true', focusable: 'false' }, s('use', { href: `#${name}` }));
}

/**
 * A button with a drawing and a label.
 * @param {string} drawing
 * @param {string} label
 * @param {() => void} tap
 * @param {Record<string, Value>} [properties]
 * @returns {HTMLButtonElement}
 */
export function button(drawing, label, tap, properties) {
  return h('button', { tap, ...properties }, icon(drawing), h('span', {}, label));
}

/**
 * The element of index.html with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function place(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element;
}
