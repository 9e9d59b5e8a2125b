// Our own keyboard for free text: the letters of six languages, no letter further than two taps.

import { button, h, icon } from './dom.js';
import { KEYBOARDS, MARKS, keyboardOf, shifted } from './keyboards.js';

/** @typedef {import('./stage.js').Stage} Stage */

/**
 * The field and its keyboard.
 * @param {Stage} stage
 * @param {number} most letters
 * @returns {{ field: HTMLElement, keys: HTMLElement }}
 */
export function keyboard(stage, most) {
  const { memory, say, screen } = stage;
  /** @type {'letters' | 'capitals' | 'marks' | 'boards'} */
  let mode = 'letters';
  const text = h('span', { class: 'text' });
  const left = h('span', { class: 'left', 'aria-hidden': 'true' });
  const field = h('output', { class: 'field words', 'aria-label': say('answer'), lang: screen.lang }, text, left);
  const done = button('next', say('ok'), () => { if (memory.typed.trim() !== '') stage.send(memory.typed.trim()); }, { class: 'primary ok' });
  const keys = h('div', { class: 'keyboard', role: 'group', 'aria-label': say('keys') });
  const count = () => [...memory.typed].length;
  const drawField = () => {
    text.textContent = memory.typed;
    left.textContent = `${count()} / ${most}`;
    field.dataset['empty'] = String(memory.typed === '');
    done.disabled = memory.typed.trim() === '';
    text.scrollTop = text.scrollHeight;
  };
  const type = (/** @type {string} */ letter) => {
    if (count() + [...letter].length > most) return;
    memory.typed += letter;
    if (mode === 'capitals') { mode = 'letters'; draw(); keys.querySelector('button')?.focus({ preventScroll: true }); }
    drawField();
  };
  const erase = () => { memory.typed = [...memory.typed].slice(0, -1).join(''); drawField(); };
  const to = (/** @type {typeof mode} */ next, /** @type {string} */ focus) => () => {
    mode = next;
    draw();
    const first = keys.querySelector(focus);
    if (first instanceof HTMLElement) first.focus({ preventScroll: true });
  };
  function draw() {
    const board = keyboardOf(memory.board ?? screen.lang);
    keys.lang = board.lang;
    const erased = h('button', { class: 'key wide-key', tap: erase, 'aria-label': say('erase'), 'data-key': 'Backspace' }, icon('erase'));
    const shift = h('button', { class: 'key wide-key', tap: to(mode === 'capitals' ? 'letters' : 'capitals', '.shift'), 'aria-label': say('shift'), 'aria-pressed': String(mode === 'capitals') }, icon('shift'));
    shift.classList.add('shift');
    const rows = mode === 'boards' ? [] : (mode === 'marks' ? MARKS : board.rows).map((row) => row.map((letter) => key(mode === 'capitals' ? shifted(letter) : letter)));
    if (mode === 'letters' || mode === 'capitals') rows.at(-1)?.unshift(shift);
    rows.at(-1)?.push(erased);
    const boards = mode === 'boards' ? [h('div', { class: 'row boards' }, ...KEYBOARDS.map((one) => h('button', { class: 'key board', lang: one.lang, tap: () => { memory.board = one.id; to('letters', '.switch')(); } }, one.name)))] : [];
    keys.replaceChildren(...boards, ...rows.map((row) => h('div', { class: 'row' }, ...row)), h('div', { class: 'row last' },
      h('button', { class: 'key wide-key switch', tap: to(mode === 'boards' ? 'letters' : 'boards', '.switch'), 'aria-label': `${say('keyboard')}: ${board.name}` }, icon('keyboard'), h('span', { 'aria-hidden': 'true' }, board.name)),
      h('button', { class: 'key wide-key marks', tap: to(mode === 'marks' ? 'letters' : 'marks', '.marks'), 'aria-label': mode === 'marks' ? say('letters') : say('digits') }, mode === 'marks' ? board.rows.at(-2)?.slice(0, 3).join('') ?? '' : '123'),
      h('button', { class: 'key space', tap: () => type(' '), 'aria-label': say('space') }, icon('space')), done));
  }
  const key = (/** @type {string} */ letter) => h('button', { class: 'key', tap: () => type(letter), 'data-key': letter }, letter);
  draw();
  drawField();
  return { field, keys };
}
