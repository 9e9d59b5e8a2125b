// Calls a person of the centre to the kiosk, and shows how that stands until somebody comes.

import { button, h, icon } from './dom.js';
import { dateInWords } from './words.js';

/** @typedef {import('./stage.js').Stage} Stage */

/**
 * The page of the call, by its state.
 * @param {Stage} stage
 * @returns {import('./frame.js').Page}
 */
export function personPage(stage) {
  const { memory, say } = stage;
  const ring = memory.ring ?? { state: 'none' };
  const drawing = { rung: 'call-person', coming: 'person-coming', done: 'tick', closed: 'clock', none: 'person' }[ring.state] ?? 'person';
  const day = ring.opens_on ? dateInWords(ring.opens_on, say) : '';
  const text = ring.state === 'closed' && !ring.opens_on ? say('person-none') : say(`person-${ring.state}`, { date: day, time: ring.opens_at ?? '' });
  const number = ring.no && (ring.state === 'rung' || ring.state === 'coming') ? h('p', { class: 'receipt' }, say('person-number'), ' ', h('b', {}, ring.no.replace(/(.{4})(?=.)/g, '$1 '))) : null;
  return {
    kind: 'person',
    read: [h('div', { class: `picture person ${ring.state}`, 'aria-hidden': 'true' }, icon(drawing)), h('h1', { tabindex: '-1', 'aria-live': 'polite' }, text), ...(number ? [number] : [])],
    tapped: [button('next', say('go-on'), () => stage.open(null), { class: 'primary wide' })],
  };
}
