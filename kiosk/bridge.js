// The bridge above every question: a span lights up for each answer, the person walks on, the answer is the far bank.

import { s } from './dom.js';

/** Spans of a bridge that leads to no counted question. */
const PLAIN = 5;

/** @typedef {{ at: number, of: number }} Crossing at: spans behind the person */

/**
 * Where the person stands: before the bridge, on it, or across.
 * @param {import('./api.js').Screen} screen
 * @returns {Crossing}
 */
export function crossing(screen) {
  if (screen.progress) {
    const [n, m] = screen.progress;
    const of = Math.max(1, Math.min(m, 9));
    return { at: Math.max(0, Math.min(n - 1, of)), of };
  }
  const across = screen.kind === 'end' || (screen.kind === 'say' && (screen.shown ?? []).length > 0);
  return { at: across ? PLAIN : 0, of: PLAIN };
}

/**
 * Draws the bridge for a width, in the box's own pixels.
 * @param {Crossing} crossing
 * @param {number} width
 * @param {number} height
 * @returns {SVGElement}
 */
export function bridge({ at, of }, width, height) {
  const bank = Math.min(width * 0.09, height * 1.1);
  const base = height - 4;
  const rise = height * 0.16;
  const top = height * 0.68;
  const span = (width - bank * 2) / of;
  /** @param {number} x */
  const deck = (x) => { const t = (x / width) * 2 - 1; return top - rise * (1 - t * t); };
  const pier = Math.max(3, Math.min(10, span * 0.06));
  const line = `M0 ${deck(0)}Q${width / 2} ${top - rise * 2} ${width} ${top}`;
  const parts = [];
  let stone = `${line}V${base}H${width - bank}`;
  for (let i = of - 1; i >= 0; i -= 1) {
    const left = bank + i * span + pier;
    const right = bank + (i + 1) * span - pier;
    const crown = deck((left + right) / 2) + height * 0.08;
    const arch = `M${right} ${base}C${right} ${crown - 2} ${left} ${crown - 2} ${left} ${base}`;
    stone += `H${right}${arch.slice(arch.indexOf('C'))}`;
    parts.unshift(s('path', { class: i < at ? 'span lit' : 'span', d: `${arch}z` }));
  }
  const walked = at >= of ? width - bank * 0.55 : at === 0 ? bank * 0.55 : bank + at * span;
  const tall = height * 0.48;
  const walker = s('g', { class: 'walker', 'data-at': Math.round(walked) }, s('use', { href: '#walker', width: tall * 0.6, height: tall, x: walked - tall * 0.3, y: deck(walked) - tall - 2 }));
  return s('svg', { class: 'bridge', viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true', focusable: 'false' },
    ...parts, s('path', { class: 'stone', d: `${stone}H0z` }), s('path', { class: 'deck', d: line }), walker);
}
