// What can be chosen: cards with picture, label, digit and voice; the same digits as on a phone.

import { h, icon } from './dom.js';
import { drawingOf } from './icons.js';
import { heard } from './sound.js';

/** @typedef {import('./stage.js').Stage} Stage */
/** @typedef {import('./api.js').Choice} Choice */

/**
 * @param {Stage} stage
 * @returns {HTMLElement[]}
 */
export function cards(stage) {
  const { screen } = stage;
  const naming = screen.kind === 'languages';
  const voices = naming || screen.choices.some((choice) => heard(spoken(stage, choice)));
  return screen.choices.map((choice) => {
    const label = h('span', { class: 'label', lang: namesItself(stage, choice) ? choice.id : null }, choice.label);
    const main = h('button', { class: 'pick', tap: () => stage.send(choice.digit), 'data-digit': choice.digit },
      h('span', { class: 'digit' }, choice.digit), pictured(screen.kind) ? icon(drawingOf(choice)) : null, label);
    const card = h('div', { class: 'card' }, main, voices ? voice(stage, choice, label) : null);
    card.dataset['say'] = choice.digit;
    return card;
  });
}

/** @param {string} kind */
function pictured(kind) {
  return kind !== 'languages' && kind !== 'list';
}

/**
 * @param {Stage} stage
 * @param {Choice} choice
 * @returns {import('./sound.js').Spoken[]}
 */
function spoken(stage, choice) {
  const { screen } = stage;
  return choice.say ? [{ text: choice.say, tag: namesItself(stage, choice) ? choice.id : screen.lang }] : [];
}

/**
 * Whether this is a language that says its own name; SOS stands among them and is none.
 * @param {Stage} stage
 * @param {Choice} choice
 */
function namesItself({ about, screen }, choice) {
  return screen.kind === 'languages' && about.languages.some(({ tag }) => tag === choice.id);
}

/**
 * @param {Stage} stage
 * @param {Choice} choice
 * @param {HTMLElement} part
 */
function voice(stage, choice, part) {
  const said = spoken(stage, choice).map((one) => ({ ...one, part }));
  const has = heard(said);
  return h('button', { class: 'voice', tap: () => stage.speak(said), 'aria-label': `${stage.say(has ? 'listen' : 'no-sound')}: ${choice.label}` }, icon(has ? 'speaker' : 'no-sound'));
}

/**
 * All that is read aloud of a screen, in order, each with what is outlined meanwhile.
 * @param {Stage} stage
 * @returns {import('./sound.js').Spoken[]}
 */
export function aloud(stage) {
  const { screen } = stage;
  const question = (screen.say ?? []).map((text) => ({ text, tag: screen.lang, part: document.querySelector('.pane.read h1') }));
  const options = screen.choices.flatMap((choice) => spoken(stage, choice).map((one) => ({ ...one, part: document.querySelector(`[data-say="${CSS.escape(choice.digit)}"]`) })));
  return [...question, ...options];
}
