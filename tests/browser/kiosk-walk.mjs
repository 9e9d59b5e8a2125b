// What the walks at the kiosk share: a finger and a keyboard at the page, the screens it has answered, bounds of time.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { chromium } from 'playwright-core';
import { CHROMIUM } from './walk.mjs';

export const LONG = process.env.KOPIR_LONG === '1';
export const LANGS = ['kk', 'ru', 'uz', 'ky', 'tg', 'en'];
/** The three screens that have to fit, with their CSS pixels a millimetre (27", 27", 15.6"). */
export const DEVICES = { '1080x1920': 4.03, '1920x1080': 4.03, '1366x768': 3.57 };
export const WAIT_MS = 20_000;
/** Above the time within which two taps are one. */
export const ECHO_MS = 320;
/** Ahead of what the page takes to stop its clock. */
const CLOCK_MS = 5000;
/** Above the page's own step of looking whether somebody is there. */
const TICK_MS = 600;
export const SHOTS = 'target/kiosk-shots';
mkdirSync(SHOTS, { recursive: true });

export function launch(options = {}) {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'], ...options });
}

/** A line of the report: what was checked, and the figure. */
export function report(what, figure) {
  console.log(`  ${what}: ${figure}`);
}

/** A page is the work of several processes, each of which waits for its turn, and the load is a minute's mean. */
const BUSY_EXTRA = 1.5;

/** How much slower than a free machine this one may be now: 1 while there are no more runnable tasks than cores. */
function busy() {
  const load = loadavg()[0] / availableParallelism();
  return load > 1 ? load * BUSY_EXTRA : 1;
}

/**
 * What a first paint may be above its bound: without a graphics card it is the work of both cores, and in `make test` another
 * walk has one of them. That catches what has grown by a multiple; `make long` holds the bound.
 */
export const PAINT_SLACK = LONG ? 1 : 3;

/** Fails above the bound; only on a busy machine, or with a slack that has its reason, the bound is looser, and both are said. */
export function below(what, ms, bound, slack = 1) {
  const allowed = bound * Math.max(busy(), slack);
  const load = (loadavg()[0] / availableParallelism()).toFixed(1);
  const excuse = allowed > bound ? `; load ${load} a core, fails above ${Math.round(allowed)} ms` : '';
  report(what, `${Math.round(ms)} ms (bound ${bound} ms${excuse})`);
  assert.ok(ms <= allowed, `${what}: ${ms} ms`);
}

/** Cores count as idle above this part of the time that was looked at. */
const IDLE_PART = 0.9;
const IDLE_LOOK_MS = 200;
const IDLE_WAIT_MS = 2000;

/** Waits until the machine has done what it was busy with, a window that closes or opens, or for as long as that may take. */
export async function atRest() {
  const spent = () => cpus().reduce(([idle, all], { times }) => [idle + times.idle, all + times.user + times.nice + times.sys + times.irq + times.idle], [0, 0]);
  for (const end = Date.now() + IDLE_WAIT_MS; Date.now() < end;) {
    const [idle, all] = spent();
    await new Promise((next) => setTimeout(next, IDLE_LOOK_MS));
    const [idleNow, allNow] = spent();
    if (idleNow - idle > (allNow - all) * IDLE_PART) return;
  }
}

/** A day of entry for which both dates lie ahead whenever this runs, as it is typed. */
export function entered() {
  const [day, month, year] = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10).split('-').reverse();
  return { short: day + month, long: day + month + year };
}

export const percentile = (all, part) => [...all].sort((a, b) => a - b)[Math.max(0, Math.ceil(all.length * part) - 1)];

// In the page, before its own script: keeps the last answer with a screen as the page itself reads it. What stands then is taken
// away and drawn anew, which the mark shows.
function keepAnswers() {
  const text = Response.prototype.text;
  Response.prototype.text = async function read() {
    const said = await text.call(this);
    if (/\/v1\/(turns|visits)$/.test(this.url) && [200, 201].includes(this.status)) {
      globalThis.answer = JSON.parse(said);
      document.getElementById('main')?.setAttribute('data-before', '');
    }
    return said;
  };
}

export class Kiosk {
  /** @param {string} url of the page */
  static async open(browser, url, { device = '1080x1920', ...options } = {}) {
    const [width, height] = device.split('x').map(Number);
    const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce', ...options });
    const own = new Kiosk(await context.newPage(), url);
    await own.load();
    return own;
  }

  constructor(page, url) {
    Object.assign(this, { page, url, context: page.context(), screen: null, faults: [], token: null });
    page.setDefaultTimeout(WAIT_MS);
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) this.faults.push(message.text()); });
    page.on('pageerror', (error) => this.faults.push(String(error)));
  }

  async load() {
    await this.page.addInitScript(keepAnswers);
    await this.page.goto(this.url);
    await this.page.locator('#start[data-tap]').waitFor();
  }

  /** From now on the page's time goes on only by `later`: a clock that runs by itself as well may step back what it was moved by. */
  async stopClock() {
    const now = await this.page.evaluate(() => Date.now());
    await this.page.clock.pauseAt(now + CLOCK_MS);
  }

  /** So many seconds and a tick later. */
  async later(secs) {
    await this.page.clock.fastForward(secs * 1000);
    await this.page.clock.runFor(TICK_MS);
  }

  /** What went wrong that is no answer of the API: those are printed by the browser as errors too. */
  silent() {
    return this.faults.filter((fault) => !/^Failed to load resource: .*(409|410|503|ERR_)/.test(fault));
  }

  find(selector) { return this.page.locator(selector); }

  heading() { return this.find('#app h1').first().innerText(); }

  kind() { return this.find('#main').getAttribute('data-kind'); }

  async centre(selector) {
    const { x, y, width, height } = await this.find(selector).filter({ visible: true }).first().boundingBox();
    return [x + width / 2, y + height / 2];
  }

  async tap(selector) {
    await this.page.mouse.click(...await this.centre(selector));
  }

  keys(...all) { return all.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve()); }

  /** Letters by the on-screen keys, in order; capitals and marks are not tried. */
  async write(text) {
    let before = '';
    for (const letter of text) {
      // Twice the same within the time of an echo would be once.
      if (letter === before) await this.page.waitForTimeout(ECHO_MS);
      await this.press(letter === ' ' ? '.space' : `[data-key="${letter}"]`);
      before = letter;
    }
  }

  /** Focus and Enter: neither position nor echo matter. */
  async press(selector) {
    await this.find(selector).filter({ visible: true }).first().focus();
    await this.page.evaluate(() => document.activeElement.click());
  }

  /** A visit in this language, or at the choice of languages. */
  async begin(lang) {
    await this.find('#start').focus();
    await this.keys('Enter');
    await this.find('#app h1').first().waitFor();
    const { visit, screen } = await this.answered();
    Object.assign(this, { token: visit, screen });
    if (lang) await this.digit(this.choice(lang));
    return this;
  }

  /** The digit of a choice of the screen, by its id. */
  choice(id) {
    const found = this.screen.choices.find((one) => one.id === id);
    assert.ok(found, `${id} is offered at ${this.screen.place}: ${this.screen.choices.map((one) => one.id)}`);
    return found.digit;
  }

  /** The last answer that the page has read and drawn; it is forgotten then. */
  async answered() {
    const found = await this.page.waitForFunction(() => globalThis.answer && document.querySelector('#main:not([data-before])') && globalThis.answer);
    const answer = await found.jsonValue();
    await this.page.evaluate(() => { delete globalThis.answer; });
    return answer;
  }

  /** Does something that is answered by a screen, and waits until that stands. */
  async turn(deed) {
    await this.page.evaluate(() => { delete globalThis.answer; });
    await deed();
    ({ screen: this.screen } = await this.answered());
    return this.screen;
  }

  digit(digit) { return this.turn(() => this.keys(digit)); }

  choose(...ids) { return ids.reduce((before, id) => before.then(() => this.digit(this.choice(id))), Promise.resolve()); }

  /** To the menu; one step away from it "back" leads there. */
  async home() {
    if (this.screen.kind === 'root') return;
    const { keys, lang } = this.screen;
    if (keys.home || keys.back) {
      await this.turn(() => this.press(keys.home ? '.bar-home' : '.bar-back'));
    } else {
      // From where a dialogue has ended only a new visit leads on.
      await this.finish();
      await this.begin(lang);
    }
    assert.equal(this.screen.kind, 'root');
  }

  back() { return this.turn(() => this.press('.bar-back')); }

  /** Digits or letters by a keyboard, then "done". */
  answer(text) { return this.turn(async () => { await this.keys(...text); await this.keys('Enter'); }); }

  /** The sample application, to its answer. */
  async status(number = '1234567890', last4 = '4821') {
    await this.home();
    await this.choose('status');
    await this.answer(number);
    return this.answer(last4);
  }

  async finish() {
    await this.press('.bar-finish');
    await this.find('#attract').waitFor({ state: 'visible' });
    Object.assign(this, { screen: null, token: null });
  }

  /** What a screen reader is given. */
  async axTree() {
    const wire = await this.context.newCDPSession(this.page);
    const { nodes } = await wire.send('Accessibility.getFullAXTree');
    await wire.detach();
    return nodes;
  }

  close() { return this.context.close(); }
}

/** The figures of the gateway under a name. */
export async function figure(metrics, name, labels = '') {
  const text = await (await fetch(metrics)).text();
  const line = text.split('\n').find((one) => one.startsWith(name) && one.includes(labels));
  return line ? Number(line.split(' ').at(-1)) : 0;
}
