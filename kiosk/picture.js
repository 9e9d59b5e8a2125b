// The picture of a question or an answer: what a person who does not read takes away from it.

import { h, icon, s } from './dom.js';
import { NEXT_STEPS, STATES, STEPS, stage } from './icons.js';
import { bridge } from './bridge.js';

/** @typedef {import('./words.js').Say} Say */
/** @typedef {import('./api.js').Shown} Shown */

/** What a date is about, by the name of its value. @type {Record<string, string>} */
const DATES = { register_by: 'register', leave_by: 'leave', calls_on: 'phone', opens_on: 'clock', entry: 'passport', as_of: 'clock' };
/** Dates that explain and ask for nothing are no picture. */
const QUIET = ['rule_date', 'as_of'];

/**
 * @param {import('./api.js').Screen} screen
 * @param {Say} say
 * @returns {HTMLElement | null} null: the words stand alone
 */
export function pictureOf(screen, say) {
  const shown = screen.shown ?? [];
  const state = shown.find(({ name, kind }) => name === 'state' && kind === 'word');
  if (state) return stateOf(state.value, shown.find(({ name }) => name === 'next')?.value);
  const dates = shown.filter(({ name, kind, value }) => kind === 'date' && /^\d{4}-\d\d-\d\d$/.test(value) && !QUIET.includes(name));
  // What is due first stands first.
  dates.sort((one, other) => one.value.localeCompare(other.value));
  if (dates.length > 0) return h('div', { class: 'picture leaves', 'aria-hidden': 'true' }, ...dates.slice(0, 2).map((one) => leaf(one, say)));
  if (screen.picture === 'passport-stamp') {
    return h('div', { class: 'picture stamp', 'aria-hidden': 'true' }, s('svg', { class: 'icon', viewBox: '0 0 120 84', focusable: 'false' }, s('use', { href: '#passport-stamp' })));
  }
  const plain = plainOf(screen);
  return plain ? h('div', { class: 'picture', 'aria-hidden': 'true' }, icon(plain)) : null;
}

/** @param {import('./api.js').Screen} screen */
function plainOf({ kind, place, picture }) {
  if (kind === 'carry') return 'phone-dial';
  if (kind === 'wait') return 'hourglass';
  if (picture && document.getElementById(picture)) return picture;
  return kind === 'end' || kind === 'say' ? STEPS[place.split('/')[1] ?? ''] ?? null : null;
}

/**
 * A leaf of a calendar: the day can be read by anyone who knows digits.
 * @param {Shown} shown
 * @param {Say} say
 */
function leaf({ name, value }, say) {
  const [year = '', month = '', day = ''] = value.split('-');
  return h('div', { class: 'leaf' },
    icon(DATES[name] ?? 'calendar'),
    h('div', { class: 'page' },
      h('span', { class: 'month' }, say('months').split(' ')[Number(month) - 1] ?? month),
      h('span', { class: 'day' }, String(Number(day))),
      h('span', { class: 'year' }, year)));
}

/**
 * The state of a paper, how far it is across, and what comes next.
 * @param {string} state
 * @param {string | undefined} next
 */
function stateOf(state, next) {
  const drawing = STATES[state] ?? 'folder';
  const mood = drawing === 'paper-good' || drawing === 'coin' ? 'good' : drawing === 'paper-bad' || drawing === 'hand' ? 'bad' : drawing === 'paper-act' ? 'act' : 'on';
  const way = bridge({ at: stage(drawing), of: 5 }, 420, 84);
  return h('div', { class: `picture state ${mood}`, 'aria-hidden': 'true' }, h('div', { class: 'seal' }, icon(drawing)), h('div', { class: 'way' }, way),
    next ? h('div', { class: 'then' }, icon('next'), icon(NEXT_STEPS[next] ?? 'dot')) : null);
}
