// The kiosk under hands: taps, a keyboard alone, silence, speed, and a minute of random taps.
// Run: node tests/browser/kiosk-hands.mjs [path of the kopir binary]. KOPIR_LONG=1: random taps for half an hour.

import assert from 'node:assert/strict';
import { ECHO_MS, Kiosk, LANGS, LONG, PAINT_SLACK, WAIT_MS, atRest, below, launch, percentile, report } from './kiosk-walk.mjs';
import { demo, within } from './walk.mjs';

const RANDOM_SECS = LONG ? 1800 : 60;
const TAPS_A_SEC = 5;
const PAGE_MAX = 80 * 1024;
const MIB = 1024 * 1024;

const done = within(LONG ? 3_600_000 : 420_000);

// Released inside the target it began on; off it nothing happens; twice within an echo is once.
async function taps(browser, url) {
  const kiosk = await Kiosk.open(browser, url, { hasTouch: true });
  const { page } = kiosk;
  await kiosk.begin('ru');
  const turns = [];
  page.on('request', (request) => { if (request.url().endsWith('/turns')) turns.push(request.postDataJSON().input); });
  const digit = `[data-digit="${kiosk.choice('status')}"]`;
  const [x, y] = await kiosk.centre(digit);
  const { height } = await kiosk.find(digit).boundingBox();
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y + height * 3);
  await page.mouse.up();
  await page.mouse.move(x, y + height * 3);
  await page.mouse.down();
  await page.mouse.move(x, y);
  await page.mouse.up();
  assert.deepEqual(turns, [], 'a drag off a target, or onto it, does nothing');
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.waitForTimeout(ECHO_MS);
  assert.deepEqual(turns, [], 'a press alone does nothing');
  await kiosk.turn(() => page.mouse.up());
  assert.deepEqual(turns, [kiosk.screen.place === 'status/number' ? '1' : 'another place'], 'a release on the target acts');
  await page.waitForTimeout(ECHO_MS);
  const nine = await kiosk.centre('[data-key="9"]');
  // Two taps as a trembling finger makes them, dispatched together so that a busy machine does not pull them apart.
  const twice = (gap) => page.evaluate(async ([at, top, ms]) => {
    const tap = () => {
      const over = document.elementFromPoint(at, top);
      for (const kind of ['pointerdown', 'pointerup']) over.dispatchEvent(new PointerEvent(kind, { bubbles: true, isPrimary: true, pointerId: 7, button: 0, clientX: at, clientY: top }));
    };
    tap();
    const since = performance.now();
    while (performance.now() - since < ms) await new Promise((next) => setTimeout(next, 10));
    tap();
  }, [...nine, gap]);
  const typed = () => kiosk.find('.field').innerText().then((text) => text.replace(/\s/g, '').length);
  await twice(0);
  assert.equal(await typed(), 1, 'the second of two taps within 0.3 s is ignored');
  await page.waitForTimeout(ECHO_MS);
  await twice(ECHO_MS);
  assert.equal(await typed(), 3, 'two taps further apart are two');
  await kiosk.finish();
  assert.deepEqual(kiosk.silent(), []);
  await kiosk.close();
  report('taps', 'release inside acts; drag off and onto, press alone: nothing; a second tap within 0.3 s: ignored');
}

// Every task of the menus by Tab, arrows and Enter alone, in every language at least once.
async function byKeyboard(browser, url) {
  const kiosk = await Kiosk.open(browser, url);
  const { page } = kiosk;
  let pressed = 0;
  const tabTo = async (selector) => {
    for (let n = 0; n < 80; n += 1) {
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
      await page.keyboard.press('Tab');
      pressed += 1;
    }
    assert.fail(`${selector} cannot be reached with the Tab key at ${kiosk.screen?.place}`);
  };
  const enter = async (selector) => {
    // A screen that is drawn anew meanwhile takes the focus along: whoever sees that tabs there again.
    for (let n = 0; n < 5; n += 1) {
      await tabTo(selector);
      await page.waitForTimeout(ECHO_MS);
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) break;
    }
    await page.keyboard.press('Enter');
    pressed += 1;
  };
  const go = (selector) => kiosk.turn(() => enter(selector));
  const pick = (id) => go(`[data-digit="${kiosk.choice(id)}"]`);
  const type = async (digits) => { for (const digit of digits) await enter(`[data-key="${digit}"]`); return go('.ok'); };
  const tasks = {
    kk: async () => { await pick('status'); await type('1234567890'); await type('4821'); assert.equal(kiosk.screen.place, 'status/answer'); },
    ru: async () => {
      await pick('days-left');
      await enter('.earlier');
      await enter('.later');
      await enter('.day:not(:disabled)');
      await go('.ok');
      await pick('uz');
      await pick('none');
      assert.match(kiosk.screen.place, /^days-left\//);
    },
    uz: async () => {
      await pick('help');
      await pick('call');
      await pick('work');
      await pick('evening');
      await enter('[data-key="q"]');
      await enter('.shift');
      await enter('[data-key="W"]');
      await go('.ok');
      await kiosk.find('.code').waitFor();
    },
    ky: async () => { await pick('danger'); await go('.bar-back'); await go('.bar-language'); await pick('ru'); },
    tg: async () => { await pick('my-data'); await enter('.bar-person'); await kiosk.find('#main[data-kind=person]').waitFor(); await enter('#main .primary'); },
    en: async () => {
      await pick('status');
      await type('1000000011');
      await type('1011');
      await enter('.deed:not(:disabled)');
      await kiosk.find('#main[data-kind=paper]').waitFor();
      await enter('#main .primary');
      await enter('.tool');
      await enter('.deed:not(:disabled)');
      await enter('.pick');
      await kiosk.find('.code').waitFor();
    },
  };
  for (const lang of LANGS) {
    await kiosk.begin();
    await pick(lang);
    await tasks[lang]();
    await enter('.bar-finish');
    await kiosk.find('#attract').waitFor({ state: 'visible' });
  }
  assert.deepEqual(kiosk.silent(), []);
  await kiosk.close();
  report('tasks by keyboard alone', `${LANGS.length} visits, ${pressed} presses of Tab and Enter`);
}

// Silence: the curtain after 90 s, 60 on a private screen; ten times "I am here"; then the end. The page's clock is turned on.
async function silence(browser, url) {
  const kiosk = await Kiosk.open(browser, url);
  const { page } = kiosk;
  const about = await (await fetch(`${url}/v1/about`)).json();
  await page.clock.install();
  await kiosk.load();
  await kiosk.stopClock();
  await kiosk.begin('tg');
  const curtain = page.locator('#curtain');
  const closed = () => curtain.isHidden();
  await kiosk.later(about.idle_secs - 3);
  assert.ok(await closed(), 'no warning before the idle time');
  let extended = 0;
  for (;; extended += 1) {
    await kiosk.later(extended === 0 ? 4 : about.idle_secs + 1);
    await curtain.waitFor({ state: 'visible' });
    const stay = curtain.locator('.primary');
    if (!await stay.isVisible()) break;
    assert.ok(!await page.locator('#app').isVisible(), 'the curtain hides the screen');
    const told = page.waitForResponse((answer) => answer.url().endsWith('/v1/stay'));
    await stay.focus();
    await page.keyboard.press('Enter');
    assert.equal((await told).status(), 204);
    await curtain.waitFor({ state: 'hidden' });
    await page.clock.runFor(ECHO_MS);
  }
  assert.ok(extended >= 10, `extended ${extended} times`);
  await kiosk.later(about.warning_secs + 1);
  await kiosk.find('#attract').waitFor({ state: 'visible' });
  assert.equal(await page.locator('#app > *').count(), 0, 'nothing is left of the visit');
  await kiosk.begin('tg');
  await kiosk.status();
  assert.ok(kiosk.screen.private);
  const said = kiosk.screen.body.split('\n')[0];
  await kiosk.later(about.private_idle_secs - 3);
  assert.ok(await closed(), 'no warning before the private idle time');
  // A switch or a screen reader clicks without a pointer or a key.
  await page.evaluate(() => document.querySelector('#app h1').click());
  await kiosk.later(about.private_idle_secs - 3);
  assert.ok(await closed(), 'a click of a switch counts as a touch');
  await kiosk.later(4);
  await curtain.waitFor({ state: 'visible' });
  assert.ok(!(await page.locator('body').innerText()).includes(said), 'the curtain hides what is private');
  assert.ok(!JSON.stringify(await kiosk.axTree()).includes(said), 'also from a screen reader');
  assert.deepEqual(kiosk.silent(), []);
  await kiosk.close();
  report('silence', `warned after ${about.idle_secs} s and ${about.private_idle_secs} s on private screens, extended ${extended} times, over after ${about.warning_secs} s more`);
}

async function speed(browser, url, office) {
  const cold = { paint: [], ready: [], handled: [], octets: 0 };
  for (let n = 0; n < 5; n += 1) {
    const context = await browser.newContext({ viewport: { width: 1080, height: 1920 } });
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const wire = await context.newCDPSession(page);
    let octets = 0;
    await wire.send('Network.enable');
    wire.on('Network.loadingFinished', ({ encodedDataLength }) => { octets += encodedDataLength; });
    await page.addInitScript(() => {
      new MutationObserver((_, watcher) => {
        if (!document.querySelector('#start[data-tap]')) return;
        globalThis.readyAt = performance.now();
        watcher.disconnect();
      }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-tap'] });
    });
    await page.goto(url);
    await page.locator('#start[data-tap]').waitFor();
    const handled = await page.evaluate(async () => {
      const begun = performance.now();
      document.getElementById('start').click();
      while (!document.querySelector('#app h1')) await new Promise((next) => requestAnimationFrame(next));
      return performance.now() - begun;
    });
    cold.ready.push(await page.evaluate(() => globalThis.readyAt));
    cold.handled.push(handled);
    cold.octets = Math.max(cold.octets, octets);
    await context.close();
    // A page that nobody touches: a tap before it would be painted first.
    cold.paint.push(await firstPaint(browser, url));
  }
  report('first paint of next to nothing here and now, median of 5', `${Math.round(percentile(await empty(browser, url), 0.5))} ms`);
  report('a page as a whole', `${(cold.octets / 1024).toFixed(1)} KiB over the wire (bound 80)`);
  assert.ok(cold.octets <= PAGE_MAX, `${cold.octets} octets`);
  below('first paint, cold context, median of 5', percentile(cold.paint, 0.5), 150, PAINT_SLACK);
  below('ready for the first tap, median of 5', percentile(cold.ready, 0.5), 300);
  below('first tap → the languages stand, median of 5', percentile(cold.handled, 0.5), 300);
  await tapToPaint(browser, url);
  await signOfWork(browser, url, office);
}

// What a browser on this machine takes for a line of text, as a measure for the rest.
async function empty(browser, url) {
  const all = [];
  for (let n = 0; n < 5; n += 1) all.push(await firstPaint(browser, `${url}/nothing`));
  return all;
}

async function firstPaint(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1080, height: 1920 } });
  const page = await context.newPage();
  await atRest();
  await page.goto(url);
  const paint = await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  const ms = await paint.jsonValue();
  await context.close();
  return ms;
}

// From the release of a finger to the painted next screen, the gateway included, and to the next paint of a typed digit.
async function tapToPaint(browser, url) {
  const kiosk = await Kiosk.open(browser, url);
  const { page } = kiosk;
  await kiosk.begin();
  await page.evaluate(() => {
    globalThis.painted = [];
    let since = 0;
    addEventListener('pointerup', (event) => { since = event.timeStamp; }, true);
    new MutationObserver(() => {
      const from = since;
      if (from === 0) return;
      since = 0;
      requestAnimationFrame(() => { const wait = new MessageChannel(); wait.port1.onmessage = () => painted.push(performance.now() - from); wait.port2.postMessage(0); });
    }).observe(document.getElementById('app'), { childList: true, subtree: true, characterData: true });
  });
  const tap = async (selector) => { await page.waitForTimeout(ECHO_MS); await kiosk.tap(selector); };
  const pick = (id) => kiosk.turn(() => tap(`[data-digit="${kiosk.choice(id)}"]`));
  await pick('ru');
  for (let n = 0; n < 3; n += 1) {
    await pick('status');
    for (const digit of '123456789') await tap(`[data-key="${digit}"]`);
    await kiosk.turn(() => tap('.ok'));
    await kiosk.turn(() => tap('.bar-home'));
    await pick('days-left');
    await kiosk.turn(() => tap('.bar-back'));
  }
  const painted = await page.evaluate(() => globalThis.painted);
  await kiosk.close();
  below(`tap → paint, 95 % of ${painted.length}`, percentile(painted, 0.95), 100);
}

async function signOfWork(browser, url, office) {
  const kiosk = await Kiosk.open(browser, url);
  const { page } = kiosk;
  await kiosk.begin('ky');
  await kiosk.choose('status');
  await kiosk.answer('1000000013');
  const control = (fault) => fetch(office, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(fault) });
  await control({ fault: 'slow', after_ms: 1200 });
  await kiosk.keys(...'1013');
  const shown = page.evaluate(() => new Promise((told) => {
    let since = 0;
    addEventListener('keydown', (event) => { if (event.key === 'Enter') since = event.timeStamp; }, true);
    const band = document.querySelector('.band');
    new MutationObserver(() => { if (band.dataset.sign === 'wait') requestAnimationFrame(() => told(performance.now() - since)); }).observe(band, { attributes: true });
  }));
  await kiosk.turn(() => kiosk.keys('Enter'));
  await control({});
  assert.equal(kiosk.screen.place, 'status/answer', 'a slow office has answered');
  below('a sign of work when the office is slow', await shown, 200);
  await kiosk.finish();
  await kiosk.close();
}

// Taps wherever they fall. Every so often the visit is ended, and what the page then holds is weighed.
async function random(browser, url) {
  const kiosk = await Kiosk.open(browser, url);
  const { page } = kiosk;
  const wire = await kiosk.context.newCDPSession(page);
  await wire.send('Performance.enable');
  let seed = 20261126;
  const chance = () => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed / 2147483648; };
  const weigh = async () => {
    await page.evaluate(() => document.querySelector('.bar-finish, #nothing')?.click());
    await kiosk.find('#attract').waitFor({ state: 'visible' });
    for (let n = 0; n < 3; n += 1) await wire.send('HeapProfiler.collectGarbage');
    const { metrics } = await wire.send('Performance.getMetrics');
    const { JSHeapUsedSize: heap, Nodes: nodes, JSEventListeners: listeners } = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    return { heap, nodes, listeners };
  };
  const weights = [];
  let tapped = 0;
  const slices = 6;
  for (let slice = 0; slice < slices; slice += 1) {
    const until = performance.now() + RANDOM_SECS * 1000 / slices;
    while (performance.now() < until) {
      const next = performance.now() + 1000 / TAPS_A_SEC;
      const { width, height } = page.viewportSize();
      if (await kiosk.find('#attract').isVisible()) await page.evaluate(() => document.getElementById('start').click());
      // One in three falls where something is, so that it gets further than the first screens; the last button is "finish".
      else if (chance() < 0.33) await page.evaluate((part) => { const all = [...document.querySelectorAll('#main button:not(:disabled)')].filter((one) => one.checkVisibility()); all[Math.floor(part * all.length)]?.click(); }, chance());
      else await page.mouse.click(chance() * width, chance() * height);
      tapped += 1;
      await page.waitForTimeout(Math.max(0, next - performance.now()));
    }
    weights.push(await weigh());
  }
  const [first, last] = [weights[1], weights.at(-1)];
  report('random taps', `${tapped} in ${RANDOM_SECS} s, ${kiosk.silent().length} errors; nodes ${weights.map(({ nodes }) => nodes).join(' → ')}; heap ${weights.map(({ heap }) => (heap / MIB).toFixed(2)).join(' → ')} MiB; listeners ${first.listeners} → ${last.listeners}`);
  assert.deepEqual(kiosk.silent(), []);
  assert.ok(last.nodes <= first.nodes * 1.1 + 50, 'the DOM does not grow');
  assert.ok(last.listeners <= first.listeners * 1.1 + 20, 'listeners do not grow');
  assert.ok(last.heap <= first.heap * 1.25 + MIB / 2, 'the heap does not grow');
  await kiosk.close();
}

const browser = await launch();
try {
  const at = await demo();
  const parts = { taps, byKeyboard, silence, speed: (one, url) => speed(one, url, at.office), random };
  for (const [name, part] of Object.entries(parts)) {
    if (!process.env.KOPIR_ONLY || process.env.KOPIR_ONLY.split(',').includes(name)) await part(browser, at.kiosk);
  }
} finally {
  await browser.close();
}
done();
console.log(`the kiosk obeys hands, ${Math.round(performance.now() / 1000)} s`);
process.exit(0);
