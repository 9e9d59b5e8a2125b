// One person's visit from the first screen to the last: one document, one token, one step at a time, nothing left behind.

import { aloud } from './cards.js';
import { arrange, clearFrame, showFrame, showWord, showWork } from './frame.js';
import { ask, askUntilAnswered } from './api.js';
import { begin } from './work.js';
import { blank } from './stage.js';
import { carry } from './answer.js';
import { heard, hush, speak } from './sound.js';
import { pageOf } from './screen.js';
import { personPage } from './person.js';
import { wordsIn } from './words.js';

/** @typedef {import('./api.js').Screen} Screen */
/** @typedef {import('./api.js').About} About */
/** @typedef {import('./stage.js').Layer} Layer */
/** @typedef {import('./stage.js').Stage} Stage */

/** How the desk is asked whether somebody comes. */
const RING_MS = 3000;

/**
 * @typedef {object} Visit
 * @property {() => boolean} isPrivate
 * @property {() => import('./words.js').Say} say
 * @property {() => void} acted called on everything that the person does
 * @property {() => void} stay
 * @property {(texts: string[]) => void} speakWords
 * @property {(leaving?: boolean) => void} end tells the gateway and forgets everything
 */

/**
 * @param {About} about
 * @param {{ visit: string, step: number, screen: Screen }} begun
 * @param {{ over: () => void, acted: () => void }} outside `over`: the visit has ended, whoever ended it
 * @returns {Visit}
 */
export function beginVisit(about, begun, { over, acted }) {
  let token = begun.visit;
  let step = begun.step;
  let screen = begun.screen;
  let say = wordsIn(about.texts, screen.lang);
  let memory = blank();
  let busy = false;
  let loud = false;
  let lost = false;
  let polling = 0;
  /** What had the focus while an answer is awaited. @type {HTMLElement | null} */
  let held = null;
  /** @type {Layer | null} */
  let layer = null;
  const ended = new AbortController();

  /** @returns {Stage} */
  const stage = () => ({ about, screen, say, send, ask: deed, speak: (all) => { void sayAll(all); }, open, word: showWord, memory });

  function show() {
    const now = stage();
    const page = layer ? layer.page(now) : pageOf(now);
    const spoken = layer ? layerWords() : aloud(now);
    const rung = memory.ring?.state === 'rung' || memory.ring?.state === 'coming';
    showFrame(screen, page, say, { back, home, person, language, finish: () => over(), listen, mute },
      { back: layer !== null || screen.keys.back, home: screen.keys.home, language: screen.keys.language, heard: heard(spoken), loud, rung }, about);
    if (loud && !screen.private && !layer) void speak(aloud(stage()));
  }

  /** @returns {import('./sound.js').Spoken[]} */
  function layerWords() {
    const heading = document.querySelector('.pane.read h1');
    return heading?.textContent ? [{ text: heading.textContent, tag: screen.lang, part: heading }] : [];
  }

  /** @param {Layer | null} next */
  function open(next) {
    if (layer !== next) layer?.over?.();
    layer = next;
    show();
  }

  /** @param {Screen} next @param {number} answered */
  function enter(next, answered) {
    layer?.over?.();
    layer = null;
    step = answered;
    screen = next;
    say = wordsIn(about.texts, screen.lang);
    memory = { ...memory, typed: '', byDigits: false, month: null, step };
    show();
    if (screen.kind === 'carry') void carry(stage(), 'dialogue');
  }

  /** @param {string} input */
  async function send(input) {
    if (busy) return;
    hush();
    acted();
    const work = hold();
    const answer = await askUntilAnswered('turns', { token, body: { step: step + 1, input }, signal: ended.signal, slow: work.slow, lost: work.lost });
    release(work);
    if (!answer) return;
    if (answer.status === 200) { lost = false; enter(answer.body.screen, answer.body.step); return; }
    if (answer.status === 409 && !lost && Number.isInteger(answer.body?.step)) {
      lost = true;
      step = answer.body.step;
      await send('00');
    } else if (answer.status === 410 || answer.status === 409) {
      over();
    } else {
      showWord('no-line', say('not-done'));
    }
  }

  /** @param {string} path @param {object} body */
  async function deed(path, body) {
    if (busy) return null;
    acted();
    const work = hold();
    const answer = await askUntilAnswered(path, { token, body, signal: ended.signal, slow: work.slow, lost: work.lost, final: path === 'paper' ? [503] : [] });
    release(work);
    if (answer?.status === 410) { over(); return null; }
    return answer;
  }

  function hold() {
    busy = true;
    const tapped = document.querySelector('#main .tapped');
    held = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    if (tapped instanceof HTMLElement) tapped.inert = true;
    return begin((sign) => { if (!ended.signal.aborted) showWork(sign, say); });
  }
  /** @param {import('./work.js').Work} work */
  function release(work) {
    busy = false;
    work.end();
    if (ended.signal.aborted) return;
    const tapped = document.querySelector('#main .tapped');
    if (tapped instanceof HTMLElement) tapped.inert = false;
    if (held?.isConnected) held.focus({ preventScroll: true });
    held = null;
  }

  function back() {
    if (layer && screen.kind !== 'carry') open(null);
    else if (screen.keys.back) void send('0');
    else open(null);
  }
  function home() { void send('00'); }
  function language() { void send('8'); }

  async function person() {
    acted();
    if (!about.rings) memory.ring = { state: 'none' };
    else if (memory.ring === null || memory.ring.state === 'none' || memory.ring.state === 'closed') {
      const answer = await deed('ring', {});
      if (!answer) return;
      memory.ring = answer.status === 200 ? answer.body : { state: 'none' };
      clearInterval(polling);
      if (memory.ring?.state === 'rung' || memory.ring?.state === 'coming') polling = setInterval(() => { void poll(); }, RING_MS);
    }
    open(PERSON);
  }
  const PERSON = { page: personPage };

  async function poll() {
    const answer = await ask('GET', 'ring', { token, signal: ended.signal });
    if (ended.signal.aborted) return;
    if (answer.status === 410) { over(); return; }
    const state = answer.body?.state;
    if (answer.status !== 200 || typeof state !== 'string' || state === 'none' || state === memory.ring?.state) return;
    memory.ring = { ...memory.ring, state };
    if (state === 'done') clearInterval(polling);
    if (layer === PERSON && !busy) show();
  }

  async function listen() {
    loud = true;
    const all = layer ? layerWords() : aloud(stage());
    const tools = document.querySelector('.tools');
    for (const tool of tools?.children ?? []) if (tool instanceof HTMLElement) tool.hidden &&= !heard(all);
    await sayAll(all);
  }
  function mute() {
    loud = false;
    hush();
    show();
  }
  /** @param {import('./sound.js').Spoken[]} all */
  async function sayAll(all) {
    if (await speak(all) || ended.signal.aborted) return;
    showWord('no-sound', say('no-sound'));
    for (const { part } of all) part?.classList.add('unsaid');
    setTimeout(() => { for (const { part } of all) part?.classList.remove('unsaid'); }, 4000);
  }

  memory.step = step;
  show();
  return {
    isPrivate: () => screen.private,
    say: () => say,
    acted: () => { const band = document.querySelector('.band[data-sign="word"]'); if (band instanceof HTMLElement) { band.dataset['sign'] = 'none'; band.replaceChildren(); } },
    stay: () => { void ask('POST', 'stay', { token, signal: ended.signal }).then(({ status }) => { if (status === 410 && !ended.signal.aborted) over(); }); },
    speakWords: (texts) => { if (loud) void speak(texts.map((text) => ({ text, tag: screen.lang }))); },
    end: (leaving = false) => {
      ended.abort();
      clearInterval(polling);
      layer?.over?.();
      layer = null;
      hush();
      void tellFinished(token, leaving);
      clearFrame();
      token = '';
      memory = blank();
      screen = { ...screen, body: '', more: null, error: null, say: [], shown: [], choices: [], entry: null };
    },
  };
}

/**
 * Asks the gateway to erase the visit; a few tries, then it does so by itself when nobody is heard.
 * @param {string} token
 * @param {boolean} leaving the page is going away
 */
async function tellFinished(token, leaving) {
  for (const ms of [0, 500, 1500, 3000]) {
    if (ms > 0) await new Promise((done) => setTimeout(done, ms));
    const { status } = await ask('POST', 'finish', { token, keepalive: leaving });
    if (leaving || (status !== 0 && status < 500)) return;
  }
}

addEventListener('resize', arrange);
