// The kiosk while things are cut: the gateway killed, the office down, Redis stopped, the line dropping requests and answers at
// random; and the server's own end of a visit that nobody is heard of.
// Run: node tests/browser/kiosk-cuts.mjs [path of the kopir binary]. KOPIR_LONG=1: 1,000 visits over a bad line instead of 60.

import assert from 'node:assert/strict';
import { Gateway, until } from './kiosk-gateway.mjs';
import { Kiosk, LANGS, LONG, below, figure, launch, report } from './kiosk-walk.mjs';
import { within } from './walk.mjs';

const VISITS = LONG ? 1000 : 60;
const HANDS = 4;
const TOLD_MS = 3000;
/** Idle times of the gateway under test, in seconds: the shortest that its configuration allows. */
const SILENT = { idle_secs: 60, private_idle_secs: 30, warning_secs: 20 };
/** The server's own end comes so long after the page's at the latest. */
const LEEWAY_SECS = 5;

const done = within(LONG ? 7_200_000 : 420_000);
const texts = (about, lang) => about.texts[lang];

// When the server ends two visits, a private one and another, that nobody is heard of.
async function silentVisits(gateway) {
  const post = (path, body, token) => fetch(`${gateway.direct}/v1/${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...(token ? { authorization: `Visit ${token}` } : {}) }, body: JSON.stringify(body) }).then((answer) => answer.json());
  // A gateway that is busy with all the rest answers "not yet".
  const turn = (token, step, input) => until(`an answer to step ${step}`, async () => {
    const answer = await post('turns', { step, input }, token);
    return answer.waiting ? null : answer;
  });
  const ended = () => figure(gateway.metrics, 'kopir_kiosk_visits', 'event="idle"');
  const inPrivate = (await post('visits', {})).visit;
  const { visit } = await post('visits', {});
  await turn(inPrivate, 1, '2');
  const { screen } = await turn(inPrivate, 2, '1');
  assert.ok(screen.private, screen.place);
  const begun = performance.now();
  await turn(visit, 1, '2');
  const after = [];
  for (const count of [1, 2]) {
    await until(`${count} silent visits ended`, async () => await ended() >= count, 120_000);
    after.push((performance.now() - begun) / 1000);
  }
  for (const [secs, idle, what] of [[after[0], SILENT.private_idle_secs, 'a private visit'], [after[1], SILENT.idle_secs, 'a visit']]) {
    const page = idle + SILENT.warning_secs;
    report(`${what} without a sign of life is ended by the server`, `after ${secs.toFixed(1)} s, the page's own end is at ${page} s`);
    assert.ok(secs >= page - 0.5 && secs <= page + LEEWAY_SECS, `${secs} s`);
  }
  for (const token of [inPrivate, visit]) {
    const told = await fetch(`${gateway.direct}/v1/stay`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Visit ${token}` }, body: '{}' });
    assert.equal(told.status, 410);
  }
}

// How long until the band says so in the person's language, from the tap on.
async function told(kiosk, about, lang, key) {
  const begun = performance.now();
  await kiosk.find('.band').filter({ hasText: texts(about, lang)[key] }).waitFor();
  return performance.now() - begun;
}

const own = async (kiosk) => { assert.ok(await kiosk.page.evaluate(() => document.getElementById('attract') !== null && document.title === 'Kopir'), 'never a page of the browser'); };

async function redisStopped(gateway, browser, about) {
  const kiosk = await Kiosk.open(browser, gateway.direct);
  await kiosk.begin('ky');
  await kiosk.choose('status');
  await kiosk.keys(...'7000000001');
  await gateway.redis.stop();
  const back = kiosk.turn(() => kiosk.keys('Enter'));
  below('Redis stopped mid-step: an own-language message', await told(kiosk, about, 'ky', 'trouble'), TOLD_MS);
  await own(kiosk);
  await gateway.redis.start();
  const begun = performance.now();
  await back;
  assert.equal(kiosk.screen.place, 'status/last4', 'what was typed has arrived');
  report('Redis started again: the step goes on untouched', `${Math.round(performance.now() - begun)} ms`);
  await kiosk.answer('4821');
  assert.equal(kiosk.screen.place, 'status/answer');
  assert.equal(gateway.office.calls.get('7000000001'), 1);
  await kiosk.finish();
  await kiosk.close();
}

async function officeDown(gateway, browser) {
  const kiosk = await Kiosk.open(browser, gateway.direct);
  await kiosk.begin('uz');
  await kiosk.choose('status');
  await kiosk.answer('7000000002');
  gateway.office.down = true;
  const begun = performance.now();
  await kiosk.answer('4821');
  const took = performance.now() - begun;
  assert.equal(kiosk.screen.place, 'status/no-answer');
  assert.equal(kiosk.screen.lang, 'uz');
  below('the office is down: the menu says so in the own language', took, TOLD_MS);
  gateway.office.down = false;
  await kiosk.home();
  // The breaker may rest for a while before the office is asked again.
  await until('the office is asked again', async () => (await kiosk.status('7000000003')).place === 'status/answer');
  await kiosk.finish();
  await kiosk.close();
}

async function gatewayKilled(gateway, browser, about) {
  const kiosk = await Kiosk.open(browser, gateway.direct);
  await kiosk.begin('tg');
  await kiosk.choose('status');
  await gateway.kill();
  await kiosk.keys(...'7000000004', 'Enter');
  below('the gateway killed mid-step: an own-language message', await told(kiosk, about, 'tg', 'trouble'), TOLD_MS);
  await own(kiosk);
  await gateway.run();
  await kiosk.find('#attract').waitFor({ state: 'visible' });
  assert.equal(await kiosk.find('#app > *').count(), 0, 'nothing of a visit that is over stays');
  await kiosk.begin('tg');
  await kiosk.status('7000000005');
  assert.equal(kiosk.screen.place, 'status/answer', 'the next visit needs nobody to touch the machine');
  await kiosk.finish();
  await gateway.kill();
  await kiosk.find('#start').focus();
  await kiosk.keys('Enter');
  await kiosk.find('#lost').waitFor();
  await own(kiosk);
  await gateway.run();
  await kiosk.find('#app h1').waitFor();
  report('the gateway started again', 'the page recovers untouched, also from the first tap on');
  await kiosk.close();
}

/** How a file of the page is lost, and how often: what is cut off more often than a browser tries by itself. */
const LOSSES = [['kiosk.css', 'lost', 4], ['kiosk.css', 'half', 4], ['main.js', 'lost', 4], ['main.js', 'half', 4], ['main.js', 'held', 1]];

// A file of the page that is lost on its way, although nobody can open the page anew.
async function fileLost(gateway, browser, [name, how, times]) {
  let lost = 0;
  let said = name !== 'main.js';
  gateway.line.hinder = ({ url }) => {
    if (!url.includes(`/${name}`) || (said && lost >= times)) return null;
    lost += 1;
    return how;
  };
  const begun = performance.now();
  const opened = Kiosk.open(browser, gateway.line.url);
  if (!said) {
    await until('the page says that there is no line', () => browser.contexts().at(-1)?.pages()[0]?.locator('#lost').isVisible());
    below(`${name} lost on its way (${how}): the page says so in all languages`, performance.now() - begun, TOLD_MS);
    said = true;
  }
  const kiosk = await opened;
  assert.ok(await kiosk.find('#lost').isHidden(), 'and no longer');
  await kiosk.begin('uz');
  gateway.line.hinder = () => null;
  assert.ok(lost >= times, `${name} was lost`);
  assert.equal(await kiosk.find('#app .bar').evaluate((bar) => getComputedStyle(bar).display), 'grid');
  report(`${name} lost on its way (${how})`, `${times} times, and the page recovered untouched`);
  await kiosk.finish();
  await kiosk.close();
}

/** Every second try fails, so of six thousand submits one or two are tried twelve times, which takes the page 20 seconds. */
const STREAK_MS = 120_000;
const KINDS = [null, null, 'lost', 'unanswered', 'half', 'late'];

// Visits over a line on which two of three requests are hindered: every submit acts once.
async function badLine(gateway, browser) {
  let seed = 7;
  const chance = () => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed / 2147483648; };
  const sheets = gateway.sheets();
  const before = { rung: await rung(gateway), turns: await figure(gateway.metrics, 'kopir_kiosk_visits', 'event="turn"') };
  gateway.line.hinder = ({ method }) => (method === 'POST' ? KINDS[Math.floor(chance() * KINDS.length)] : null);
  gateway.line.hindered = 0;
  let next = 0;
  let rings = 0;
  let printed = 0;
  const begun = performance.now();
  const hand = async () => {
    const kiosk = await Kiosk.open(browser, gateway.line.url);
    kiosk.page.setDefaultTimeout(STREAK_MS);
    for (let n = next++; n < VISITS; n = next++) {
      if (LONG && n > 0 && n % 100 === 0) report('visits begun', `${n} in ${Math.round((performance.now() - begun) / 1000)} s`);
      const number = String(8_000_000_000 + n);
      await kiosk.begin(LANGS[n % LANGS.length]);
      await kiosk.status(number, String(1000 + n % 9000));
      assert.equal(kiosk.screen.place, 'status/answer', number);
      assert.ok(kiosk.screen.body.includes(`*${number.slice(-4)}`), 'its own answer');
      if (n % 3 === 0) {
        await kiosk.press('.deed');
        await kiosk.find('#main[data-kind=paper]').waitFor();
        assert.ok(await kiosk.find('#main .primary').isVisible());
        printed += 1;
      }
      if (n % 3 === 1) {
        await kiosk.press('.bar-person');
        await kiosk.find('#main[data-kind=person] .receipt').waitFor();
        rings += 1;
      }
      await kiosk.finish();
    }
    await kiosk.close();
  };
  await Promise.all(Array.from({ length: HANDS }, hand));
  gateway.line.hinder = () => null;
  const twice = [...gateway.office.calls].filter(([number, calls]) => number.startsWith('8') && calls !== 1);
  const asked = [...gateway.office.calls.keys()].filter((number) => number.startsWith('8')).length;
  report('visits over a bad line', `${VISITS} in ${Math.round((performance.now() - begun) / 1000)} s, ${gateway.line.hindered} requests hindered; the office was asked ${asked} times, ${twice.length} numbers not exactly once; ${printed} sheets wanted, ${gateway.sheets() - sheets} printed; ${rings} rings`);
  assert.deepEqual(twice, []);
  assert.equal(asked, VISITS);
  assert.equal(gateway.sheets() - sheets, printed, 'a sheet a step, never two');
  const now = await rung(gateway);
  assert.equal(now - before.rung, rings, 'a ticket a visit, never two');
}

/** Tickets on the board. */
async function rung(gateway) {
  return (await gateway.redis.keys()).filter((key) => key.includes('ticket/record/')).length;
}

const browser = await launch();
try {
  const gateway = await Gateway.start(SILENT);
  const about = await (await fetch(`${gateway.direct}/v1/about`)).json();
  const silent = silentVisits(gateway);
  silent.catch(() => {});
  await badLine(gateway, browser);
  for (const loss of LOSSES) await fileLost(gateway, browser, loss);
  await officeDown(gateway, browser);
  // The gateway must live until it has ended them.
  await silent;
  await redisStopped(gateway, browser, about);
  await gatewayKilled(gateway, browser, about);
  await gateway.stop();
} finally {
  await browser.close();
}
done();
console.log(`the kiosk survives cuts, ${Math.round(performance.now() / 1000)} s`);
process.exit(0);
