// Boots the page, stands attractive and empty until somebody touches it, and keeps watch over the visit that follows.

import { ask, askUntilAnswered } from './api.js';
import { beginVisit } from './visit.js';
import { begin } from './work.js';
import { button, h, icon, place } from './dom.js';
import { forgetTaps, listen, onTap, press } from './tap.js';
import { hush, useClips } from './sound.js';
import { resetDisplay, useDevice } from './display.js';
import { watch } from './idle.js';

/** Between two tries to reach the gateway while nobody is there. */
const ABOUT_MS = 1000;
/** A style that takes longer is asked for anew. */
const STYLE_MS = 5000;
/** How long the attract page says that no visit can begin. */
const REFUSED_MS = 6000;
/** The attract page moves by a few pixels, so that it does not burn in. */
const SHIFT_MS = 60000;

/** @type {import('./api.js').About | null} */
let about = null;
/** @type {{ visit: import('./visit.js').Visit, watch: import('./idle.js').Watch } | null} */
let person = null;
let starting = false;

/** @type {Promise<void> | null} */
let learning = null;

/** Asks for what the page has to know, until it is told; also after every visit, so that changes reach a page that is never reloaded. */
function learn() {
  learning ??= askAbout().finally(() => { learning = null; });
  return learning;
}

async function askAbout() {
  for (;;) {
    const { status, body } = await ask('GET', 'about');
    if (status === 200 && body && await styled()) {
      about = body;
      useDevice(Number(body.px_per_mm));
      useClips(body.clips ?? {});
      place('where').textContent = body.centre ? `· ${body.centre}` : '';
      place('sample').hidden = !body.sample;
      return;
    }
    await new Promise((done) => setTimeout(done, ABOUT_MS));
  }
}

/** Whether the style of a visit is there. If the line was cut while it came, it is asked for once more. */
async function styled() {
  const whole = () => getComputedStyle(document.documentElement).getPropertyValue('--whole') !== '';
  if (whole()) return true;
  const before = place('style');
  const link = /** @type {HTMLElement} */ (before.cloneNode());
  const over = new Promise((done) => { link.onload = done; link.onerror = done; setTimeout(done, STYLE_MS); });
  before.replaceWith(link);
  await over;
  return whole();
}

async function start() {
  if (person || starting) return;
  starting = true;
  const line = place('lost');
  const attract = place('attract');
  const work = begin((sign) => {
    attract.classList.toggle('starting', sign !== 'none');
    line.hidden = sign !== 'trouble';
  });
  if (!about) { work.lost(); await learn(); }
  const answer = await askUntilAnswered('visits', { signal: new AbortController().signal, lost: work.lost });
  work.end();
  starting = false;
  if (!about || answer?.status !== 201) {
    line.hidden = false;
    setTimeout(() => { line.hidden = true; }, REFUSED_MS);
    return;
  }
  attract.hidden = true;
  place('app').hidden = false;
  enter(about, answer.body);
}

/**
 * @param {import('./api.js').About} known
 * @param {any} begun
 */
function enter(known, begun) {
  const visit = beginVisit(known, begun, { over: () => leave(), acted: () => person?.watch.acted() });
  const watching = watch({
    idleSecs: () => (visit.isPrivate() ? known.private_idle_secs : known.idle_secs),
    warningSecs: known.warning_secs,
    extensions: Math.max(10, known.extensions_max),
    stay: visit.stay,
    warn: (secs, extendable) => warn(visit, secs, extendable),
    calm,
    gone: () => leave(),
  });
  person = { visit, watch: watching };
}

/**
 * The curtain: nothing of the person is on the screen while nobody answers.
 * @param {import('./visit.js').Visit} visit
 * @param {number} secs
 * @param {boolean} extendable
 */
function warn(visit, secs, extendable) {
  const curtain = place('curtain');
  const say = visit.say();
  if (curtain.hidden) {
    const stay = button('hand', say('still-yes'), () => person?.watch.answered(), { class: 'primary' });
    stay.hidden = !extendable;
    curtain.replaceChildren(h('div', { role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'still', 'aria-describedby': 'closing' },
      icon('hourglass'), h('h1', { id: 'still', tabindex: '-1' }, say('still-there')), h('p', { class: 'count', 'aria-hidden': 'true' }), h('p', { id: 'closing' }, say('closing')), stay));
    curtain.lang = document.documentElement.lang;
    place('app').hidden = true;
    curtain.hidden = false;
    (extendable ? stay : curtain.querySelector('h1'))?.focus();
    visit.speakWords([say('still-there')]);
  }
  const count = curtain.querySelector('.count');
  if (count && count.textContent !== String(secs)) count.textContent = String(secs);
}

function calm() {
  hush();
  place('curtain').hidden = true;
  place('curtain').replaceChildren();
  place('app').hidden = false;
  const heading = place('app').querySelector('h1');
  if (heading instanceof HTMLElement) heading.focus({ preventScroll: true });
}

/**
 * The end of a visit: everything of it is dropped, and the attract page stands again.
 * @param {boolean} [leaving] the page itself goes away
 */
function leave(leaving = false) {
  if (!person) return;
  const { visit, watch: watching } = person;
  person = null;
  watching.stop();
  visit.end(leaving);
  place('curtain').hidden = true;
  place('curtain').replaceChildren();
  resetDisplay();
  forgetTaps();
  document.documentElement.lang = 'kk';
  place('app').hidden = true;
  place('app').removeAttribute('aria-busy');
  place('attract').hidden = false;
  document.getSelection()?.removeAllRanges();
  place('start').focus({ preventScroll: true });
  void learn();
}

/** Keys of a real keyboard or a tactile pad do what the same keys on the screen do. @param {KeyboardEvent} event */
function keyed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || !person || !place('curtain').hidden) return;
  const key = CSS.escape(event.key);
  if (event.key === 'Enter' && !(document.activeElement instanceof HTMLButtonElement)) press(document.querySelector('#app .ok'));
  else if (event.key !== 'Enter' && event.key !== ' ') press(document.querySelector(`#main [data-key="${key}"], #main [data-digit="${key}"]`));
}

listen(() => {
  hush();
  person?.watch.touched();
  person?.visit.acted();
});
document.addEventListener('keydown', keyed);
onTap(place('attract'), () => { void start(); });
onTap(place('start'), () => { void start(); });
onTap(place('curtain'), () => person?.watch.answered());
addEventListener('pagehide', () => leave(true));
let shift = 0;
setInterval(() => { shift = (shift + 1) % 4; place('attract').dataset['shift'] = String(shift); }, SHIFT_MS);
void learn();
place('start').focus({ preventScroll: true });
