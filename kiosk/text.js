// The words of a screen as a heading and what follows it, without losing a line.

import { h } from './dom.js';

/**
 * The first line is the heading of a question; of an answer, all lines of the body are.
 * @param {import('./api.js').Screen} screen
 * @param {string} otherwise for a screen without words
 * @returns {{ heading: HTMLElement, further: HTMLElement[] }}
 */
export function answerText(screen, otherwise) {
  const lines = lined(screen.body);
  const more = lined(screen.more ?? '').map((line) => h('p', { class: 'further' }, line));
  if (screen.kind === 'say' || screen.kind === 'end') {
    return { heading: h('h1', { tabindex: '-1' }, ...(lines.length > 0 ? lines : [otherwise]).map((line) => h('span', { class: 'line' }, line, ' '))), further: more };
  }
  const [first = otherwise, ...rest] = lines;
  return { heading: h('h1', { tabindex: '-1' }, first), further: [...rest.map((line) => h('p', {}, line)), ...more] };
}

/** @param {string} text */
function lined(text) {
  return text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}
