// What never moves: the top bar, the bridge, the place of the question, the bar of five, and the band of work in hand.

import { bridge, crossing } from './bridge.js';
import { button, h, icon, place } from './dom.js';
import { contrastNow, nextContrast, nextSize, sizeNow } from './display.js';
import { fill } from './pages.js';

/** @typedef {import('./words.js').Say} Say */
/**
 * What stands in the place of the question: blocks that are read and blocks that are tapped.
 * @typedef {object} Page
 * @property {string} kind
 * @property {HTMLElement[]} read
 * @property {HTMLElement[]} tapped
 * @property {HTMLElement} [pinned] stands below what is read and is never turned away: the field of an answer
 * @property {boolean} [whole] the tapped part is one piece: a keypad, a month
 */
/**
 * @typedef {object} Deeds what the bars do
 * @property {() => void} back
 * @property {() => void} home
 * @property {() => void} person
 * @property {() => void} language
 * @property {() => void} finish
 * @property {() => void} listen
 * @property {() => void} mute
 */
/** @typedef {{ back: boolean, home: boolean, language: boolean, heard: boolean, loud: boolean, rung: boolean }} Offers */

/** @type {{ page: Page, say: Say, screen: import('./api.js').Screen } | null} */
let standing = null;

/**
 * Draws the frame anew for a screen's language, and the page in it.
 * @param {import('./api.js').Screen} screen
 * @param {Page} page
 * @param {Say} say
 * @param {Deeds} deeds
 * @param {Offers} offers
 * @param {{ centre: string, sample: boolean }} about
 */
export function showFrame(screen, page, say, deeds, offers, about) {
  const app = place('app');
  const top = h('header', { class: 'top' },
    h('p', { class: 'name' }, h('span', {}, about.centre), about.sample ? h('b', {}, say('sample')) : null,
      screen.progress ? h('span', { class: 'progress' }, say('progress', { n: screen.progress[0], m: screen.progress[1] })) : null),
    h('div', { class: 'tools' }, ...tools(say, deeds, offers)));
  const main = h('main', { id: 'main', 'data-kind': page.kind },
    h('div', { class: 'pane read' }, h('div', { class: 'flow' }), page.pinned),
    h('div', { class: page.whole ? 'pane tapped whole' : 'pane tapped', 'data-count': page.tapped.length }));
  app.lang = screen.lang;
  document.documentElement.lang = screen.lang;
  app.replaceChildren(top, h('div', { class: 'crossing' }), main, bar(say, deeds, offers), h('div', { class: 'band', role: 'status', 'data-sign': 'none' }));
  app.dataset['private'] = String(screen.private);
  standing = { page, say, screen };
  arrange();
  app.querySelector('h1')?.focus({ preventScroll: true });
}

/** Measures and fills again: after a change of size, of text or of the window. */
export function arrange() {
  if (!standing) return;
  const { page, say, screen } = standing;
  const box = document.querySelector('.crossing');
  if (box instanceof HTMLElement) {
    const { width, height } = box.getBoundingClientRect();
    const drawn = bridge(crossing(screen), Math.max(120, Math.round(width)), Math.max(40, Math.round(height)));
    box.replaceChildren(drawn);
    walkFrom(drawn);
  }
  const main = place('main');
  const [read, tapped] = main.querySelectorAll('.pane');
  if (!(read instanceof HTMLElement) || !(tapped instanceof HTMLElement)) return;
  const focused = document.activeElement;
  read.hidden = page.read.length === 0;
  tapped.hidden = page.tapped.length === 0;
  main.classList.toggle('alone', read.hidden || tapped.hidden);
  if (page.whole) tapped.replaceChildren(...page.tapped); else fill(tapped, page.tapped, say('more'));
  const flow = read.querySelector('.flow');
  if (flow instanceof HTMLElement) fill(flow, page.read, say('read-on'));
  if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
}

/** Where the person stood on the bridge. */
let stood = NaN;

/**
 * Lets the person walk from where he stood to where he stands now.
 * @param {SVGElement} drawn
 */
function walkFrom(drawn) {
  const walker = drawn.querySelector('.walker');
  const now = Number(walker?.getAttribute('data-at'));
  if (walker instanceof SVGElement && !Number.isNaN(stood)) walker.style.setProperty('--from', `${Math.round(stood - now)}px`);
  stood = now;
}

/** Forgets everything that stood here. */
export function clearFrame() {
  standing = null;
  stood = NaN;
  const app = place('app');
  app.replaceChildren();
  app.removeAttribute('lang');
  delete app.dataset['private'];
}

/**
 * @param {Say} say
 * @param {Deeds} deeds
 * @param {Offers} offers
 */
function tools(say, deeds, offers) {
  const size = h('button', { class: 'tool', tap: () => { size.dataset['step'] = String(nextSize()); name(); arrange(); } }, icon('text-size'), steps());
  const contrast = h('button', { class: 'tool', tap: () => { contrast.dataset['step'] = String(nextContrast()); name(); } }, icon('contrast'), steps());
  const name = () => {
    size.setAttribute('aria-label', `${say('text-size')}: ${sizeNow()} / 4`);
    contrast.setAttribute('aria-label', `${say('contrast')}: ${contrastNow()} / 4`);
  };
  size.dataset['step'] = String(sizeNow());
  contrast.dataset['step'] = String(contrastNow());
  name();
  const listen = h('button', { class: 'tool', tap: deeds.listen, 'aria-label': offers.heard ? say('listen') : say('no-sound') }, icon(offers.heard ? 'speaker' : 'no-sound'));
  const mute = h('button', { class: 'tool', tap: deeds.mute, 'aria-label': say('mute') }, icon('no-sound'));
  mute.hidden = !offers.loud || !offers.heard;
  return [size, contrast, mute, listen];
}

/** Four marks, one of them full: which step of four stands. */
function steps() {
  return h('span', { class: 'steps', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'), h('i'));
}

/**
 * @param {Say} say
 * @param {Deeds} deeds
 * @param {Offers} offers
 */
function bar(say, deeds, offers) {
  /** @param {string} name @param {string} drawing @param {() => void} deed @param {boolean} offered */
  const one = (name, drawing, deed, offered) => {
    const made = button(drawing, say(name), deed, { class: `bar-${name}` });
    if (!offered) { made.classList.add('absent'); made.disabled = true; }
    return made;
  };
  return h('nav', { class: 'bar', 'aria-label': say('bar') },
    one('back', 'back', deeds.back, offers.back), one('home', 'home', deeds.home, offers.home),
    one('person', offers.rung ? 'person-coming' : 'call-person', deeds.person, true),
    one('language', 'languages', deeds.language, offers.language), one('finish', 'leave', deeds.finish, true));
}

/**
 * The sign of work in hand, above the question, without moving it.
 * @param {'none' | 'wait' | 'slow' | 'trouble'} sign
 * @param {Say} say
 */
export function showWork(sign, say) {
  const band = document.querySelector('.band');
  if (!(band instanceof HTMLElement)) return;
  band.dataset['sign'] = sign;
  band.closest('#app')?.setAttribute('aria-busy', String(sign !== 'none'));
  if (sign === 'none') { band.replaceChildren(); return; }
  const drawing = sign === 'trouble' ? icon('no-line') : h('span', { class: 'hops', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
  band.replaceChildren(drawing, h('span', {}, say(sign)));
}

/**
 * A word in the band that goes by itself with the next tap.
 * @param {string} drawing
 * @param {string} text
 */
export function showWord(drawing, text) {
  const band = document.querySelector('.band');
  if (!(band instanceof HTMLElement)) return;
  band.dataset['sign'] = 'word';
  band.replaceChildren(icon(drawing), h('span', {}, text));
}
