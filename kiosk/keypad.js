// Twelve large keys for digits, and the answer above them: grouped, as dots when it is masked, shown while it is held.

import { button, h, icon } from './dom.js';
import { grouped, hidden } from './digits.js';
import { complete, dotted } from './dates.js';
import { onHold } from './tap.js';

/** @typedef {import('./stage.js').Stage} Stage */

/**
 * The field and its keys, for an entry of digits, a number or a typed date.
 * @param {Stage} stage
 * @param {{ least: number, most: number, form?: string[] }} rule in digits
 * @returns {{ field: HTMLElement, keys: HTMLElement }}
 */
export function keypad(stage, rule) {
  const { memory, say, screen } = stage;
  const masked = screen.masked === true;
  let peeked = false;
  const field = h('output', { class: 'field digits', 'aria-label': say('answer') });
  const done = button('next', say('ok'), () => { if (ready()) stage.send(memory.typed); }, { class: 'primary ok' });
  const ready = () => (rule.form ? complete(rule.form, memory.typed) : memory.typed.length >= Math.max(1, rule.least) && memory.typed.length <= rule.most);
  const draw = () => {
    const digits = masked && !peeked ? hidden(memory.typed) : memory.typed;
    field.textContent = rule.form ? dotted(digits) : grouped(digits, rule.most);
    field.dataset['empty'] = String(memory.typed === '');
    done.disabled = !ready();
  };
  const type = (/** @type {string} */ digit) => { if (memory.typed.length < rule.most) { memory.typed += digit; draw(); } };
  const erase = () => { memory.typed = memory.typed.slice(0, -1); draw(); };
  const digit = (/** @type {string} */ one) => h('button', { class: 'key', tap: () => type(one), 'data-key': one }, one);
  const keys = h('div', { class: 'keypad', role: 'group', 'aria-label': say('keys') },
    ...[...'123456789'].map(digit),
    h('button', { class: 'key', tap: erase, 'aria-label': say('erase'), 'data-key': 'Backspace' }, icon('erase')), digit('0'),
    masked ? peek((shown) => { peeked = shown; draw(); }, say('show')) : h('span'), done);
  draw();
  return { field, keys };
}

/**
 * @param {(shown: boolean) => void} show
 * @param {string} label
 */
function peek(show, label) {
  const key = h('button', { class: 'key peek', tap: () => {}, 'aria-label': label }, icon('eye'));
  onHold(key, show);
  return key;
}
