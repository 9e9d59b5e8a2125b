// A month of days to tap, for a question about a date; whoever knows the date by digits can type it instead.

import { button, h, icon } from './dom.js';
import { allowed, grid, monthAfter, typed } from './dates.js';
import { keypad } from './keypad.js';

/** @typedef {import('./stage.js').Stage} Stage */
/** @typedef {import('./api.js').Dated} Dated */

/**
 * @param {Stage} stage
 * @param {Dated} entry
 * @returns {{ field: HTMLElement, keys: HTMLElement }} `field` stands under the question
 */
export function calendar(stage, entry) {
  const field = h('div', { class: 'date-field' });
  const keys = h('div', { class: 'date-keys' });
  const draw = () => (stage.memory.byDigits ? byDigits(stage, entry, field, keys, draw) : byMonth(stage, entry, field, keys, draw));
  draw();
  return { field, keys };
}

/**
 * @param {Stage} stage
 * @param {Dated} entry
 * @param {HTMLElement} field
 * @param {HTMLElement} keys
 * @param {() => void} again
 */
function byDigits(stage, entry, field, keys, again) {
  const most = Math.max(4, ...entry.form.map((one) => one.length));
  const pad = keypad(stage, { least: 4, most, form: entry.form });
  const other = button('calendar', stage.say('use-calendar'), () => { stage.memory.byDigits = false; stage.memory.typed = ''; again(); refocus(keys); }, { class: 'plain' });
  field.replaceChildren(h('div', { class: 'month-field' }, pad.field), other);
  keys.replaceChildren(pad.keys);
}

/**
 * @param {Stage} stage
 * @param {Dated} entry
 * @param {HTMLElement} field
 * @param {HTMLElement} keys
 * @param {() => void} again
 */
function byMonth(stage, entry, field, keys, again) {
  const { memory, say } = stage;
  const today = new Date();
  const at = memory.month ??= { year: today.getFullYear(), month: today.getMonth() + 1 };
  const name = say('months').split(' ')[at.month - 1] ?? String(at.month);
  const turn = (/** @type {number} */ by, /** @type {string} */ back) => () => {
    memory.month = monthAfter(at, by);
    memory.typed = '';
    again();
    const button = field.querySelector(back);
    if (button instanceof HTMLElement) button.focus({ preventScroll: true });
  };
  const after = monthAfter(at, 1);
  const before = monthAfter(at, -1);
  const earlier = h('button', { class: 'key earlier', tap: turn(-1, '.earlier'), 'aria-label': say('earlier-month') }, icon('left'));
  const later = h('button', { class: 'key later', tap: turn(1, '.later'), 'aria-label': say('later-month') }, icon('right'));
  later.disabled = !allowed(entry.range, after, 1, today);
  earlier.disabled = entry.range === 'future' && !allowed(entry.range, before, 31, today);
  const other = button('list', say('type-date'), () => { memory.byDigits = true; memory.typed = ''; again(); refocus(keys); }, { class: 'plain' });
  const done = button('next', say('ok'), () => { if (memory.typed) stage.send(memory.typed); }, { class: 'primary ok' });
  done.disabled = memory.typed === '';
  field.replaceChildren(h('div', { class: 'month-field' }, earlier, h('p', { class: 'month-name', 'aria-live': 'polite' }, h('b', {}, name), ` ${at.year}`), later), other);
  const days = grid(at).map((day) => (day === null ? h('span') : dayKey(day)));
  keys.replaceChildren(h('div', { class: 'days', role: 'group', 'aria-label': `${name} ${at.year}` }, ...say('weekdays').split(' ').map((one) => h('span', { class: 'weekday', 'aria-hidden': 'true' }, one)), ...days), done);
  /** @param {number} day */
  function dayKey(day) {
    const value = typed(entry.form, at, day);
    const chosen = memory.typed === value;
    const key = h('button', { class: 'key day', 'aria-pressed': String(chosen), 'aria-label': `${day} ${name}`, tap: () => {
      memory.typed = value;
      for (const one of keys.querySelectorAll('.day')) one.setAttribute('aria-pressed', String(one === key));
      done.disabled = false;
    } }, String(day));
    key.disabled = !allowed(entry.range, at, day, today);
    return key;
  }
}

/** @param {HTMLElement} keys */
function refocus(keys) {
  keys.querySelector('button')?.focus({ preventScroll: true });
}
