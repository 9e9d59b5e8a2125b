// What is left of a visit: nothing. Twenty values are typed and shown; after finish, silence and a crashed page they are looked
// for in the page, the browser's stores, its profile's files, the history, the gateway's log, and the store. The same search has
// to find them in a page that is known to be bad.
// Run: node tests/browser/kiosk-wipe.mjs [path of the kopir binary, target/debug/kopir by default].

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Gateway, until } from './kiosk-gateway.mjs';
import { Kiosk, WAIT_MS, entered, report } from './kiosk-walk.mjs';
import { CHROMIUM, within } from './walk.mjs';

/** A page that is left before it has settled is never kept for "back", and the search would prove nothing. */
const SETTLE_MS = 300;
const STEPS = 10;
/** A session of nobody, sealed; it goes after the copy window and the store's own grace. */
const STUB_OCTETS = 256;
const STUB_MS = 600_000;
const WORDS = ['мошинро', 'гум', 'кардам', 'шиносномаамро', 'корфармо', 'гирифт', 'дар', 'бозори', 'барахолка'];
const NUMBER = '7315926408';
const LAST4 = '5937';
const DATE = entered().long;

const done = within(300_000);

// A visit in Tajik that types and is shown all there is; what must be found nowhere afterwards.
async function visited(kiosk, stood = []) {
  const planted = new Set([NUMBER, NUMBER.replace(/(\d{4})(?=\d)/g, '$1 '), LAST4]);
  const shown = () => {
    for (const line of `${kiosk.screen.body}\n${kiosk.screen.more ?? ''}`.split('\n').filter((text) => /\d/.test(text))) planted.add(line.trim());
    // The key of a state is also a word of the page's own files.
    for (const { kind, value } of kiosk.screen.shown) if (kind !== 'word' && value.length > 3) planted.add(value);
  };
  await kiosk.begin('tg');
  planted.add(kiosk.token);
  await kiosk.status(NUMBER, LAST4);
  assert.equal(kiosk.screen.place, 'status/answer');
  shown();
  stood.push(...await inPage(kiosk.page, [...planted], 'during'));
  await kiosk.press('.bar-person');
  await kiosk.find('#main[data-kind=person] .receipt b').waitFor();
  planted.add(await kiosk.find('.receipt b').innerText());
  await kiosk.press('.bar-back');
  await kiosk.home();
  await kiosk.choose('days-left');
  await kiosk.press('.date-field .plain');
  await kiosk.keys(...DATE);
  planted.add(await kiosk.find('.field').innerText());
  planted.add(DATE);
  await kiosk.turn(() => kiosk.press('.ok'));
  await kiosk.choose('tj', 'none');
  shown();
  await kiosk.home();
  await kiosk.choose('help', 'call', 'pay', 'evening');
  await kiosk.write(WORDS.join(' '));
  assert.equal(await kiosk.find('.field .text').innerText(), WORDS.join(' '));
  for (const word of WORDS.filter((one) => one.length > 4)) planted.add(word);
  planted.add(WORDS.join(' '));
  stood.push(...await inPage(kiosk.page, [...planted], 'during'));
  await kiosk.turn(() => kiosk.press('.ok'));
  await kiosk.find('.code').waitFor();
  planted.add((await kiosk.find('.code').innerText()).replace(/\s/g, ''));
  assert.ok(planted.size >= 20, `${planted.size} values: ${[...planted].join(' | ')}`);
  return [...planted];
}

const found = (planted, text, where) => planted.filter((value) => text.includes(value)).map((value) => `${where}: ${value}`);

// All that the page and its browser hold of it now.
async function inPage(page, planted, where) {
  // The browser's own empty page has no storage to ask.
  const held = await page.evaluate(async () => JSON.stringify(location.protocol === 'about:' ? { dom: document.documentElement.outerHTML, text: document.body.innerText } : {
    dom: document.documentElement.outerHTML,
    text: document.body.innerText,
    fields: [...document.querySelectorAll('input, textarea')].map(({ value }) => value),
    title: document.title,
    address: location.href,
    state: history.state,
    storage: [Object.entries(localStorage), Object.entries(sessionStorage)],
    databases: await indexedDB.databases?.(),
    caches: await Promise.all((await globalThis.caches?.keys() ?? []).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url))),
    name: globalThis.name,
  }));
  const wire = await page.context().newCDPSession(page);
  const { nodes } = await wire.send('Accessibility.getFullAXTree');
  const { entries } = await wire.send('Page.getNavigationHistory');
  await wire.detach();
  return [
    ...found(planted, JSON.parse(held).text, `${where}, text`), ...found(planted, held, `${where}, page`),
    ...found(planted, JSON.stringify(nodes.map(({ name, value, description, properties }) => [name, value, description, properties])), `${where}, accessibility tree`),
    ...found(planted, JSON.stringify(entries), `${where}, history`), ...found(planted, JSON.stringify(await page.context().cookies()), `${where}, cookies`),
  ];
}

// Back and forward through the history, as far as it goes, looking each time.
async function inHistory(page, planted, where) {
  const hits = [];
  for (const way of ['goBack', 'goForward']) {
    for (let n = 1; n <= STEPS; n += 1) {
      await page[way]({ waitUntil: 'commit', timeout: 5000 }).catch(() => {});
      await page.waitForTimeout(50);
      hits.push(...await inPage(page, planted, `${where}, ${way} ${n}`));
    }
  }
  return hits;
}

// Somebody walks away over the history and comes back by it.
async function goAway(page, elsewhere) {
  await page.waitForTimeout(SETTLE_MS);
  await page.goto(elsewhere);
  await page.waitForTimeout(SETTLE_MS);
}

function inFiles(folder, planted) {
  const hits = [];
  let octets = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const bytes = readFileSync(path);
    octets += bytes.length;
    // Chromium writes text as UTF-8 and as UTF-16.
    for (const value of planted) if (bytes.includes(value) || bytes.includes(Buffer.from(value, 'utf16le'))) hits.push(`${path}: ${value}`);
  }
  return { hits, octets };
}

/** A page as it must not be: it may be kept, and what was typed stays in it, in a field, in a cookie. */
async function knownBad(browser, planted) {
  const html = `<!doctype html><title>bad</title><form action="/away"><input id="typed" autocomplete="on"></form><p id="shown"></p>
    <script>if (sessionStorage.before) document.getElementById('shown').textContent = sessionStorage.before;</script>`;
  const server = createServer((asked, answer) => answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(asked.url === '/away' ? '<title>away</title>' : html));
  const port = await new Promise((got) => { server.listen(0, '127.0.0.1', () => got(server.address().port)); });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.fill('#typed', planted[0]);
  await page.evaluate((value) => { document.getElementById('shown').textContent = value; }, planted[1]);
  await page.evaluate(() => { globalThis.lives = true; });
  await goAway(page, `http://127.0.0.1:${port}/away`);
  assert.deepEqual(await inPage(page, planted, 'bad'), [], 'it is not on the page that came after it');
  await page.goBack({ waitUntil: 'commit' });
  await page.waitForTimeout(SETTLE_MS);
  const kept = await page.evaluate(() => globalThis.lives === true);
  const hits = await inPage(page, planted, 'bad');
  assert.ok(kept, 'the back/forward cache is on');
  assert.ok(hits.some((hit) => hit.endsWith(planted[0])) && hits.some((hit) => hit.endsWith(planted[1])), 'the search finds what a bad page keeps');
  await page.evaluate((value) => { sessionStorage.before = value; document.cookie = `last=${encodeURIComponent(value)}`; }, planted[0]);
  assert.ok((await inPage(page, planted, 'bad')).some((hit) => hit.includes('cookies')), 'and in cookies');
  await page.close();
  server.close();
  return hits.length;
}

const profile = mkdtempSync(join(tmpdir(), 'kopir-profile-'));
process.on('exit', () => rmSync(profile, { recursive: true, force: true }));
const args = ['--no-sandbox'];
const open = () => chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, args, ignoreDefaultArgs: ['--disable-back-forward-cache'], viewport: { width: 1080, height: 1920 }, reducedMotion: 'reduce' });

let browser = await open();
try {
  const gateway = await Gateway.start();
  const elsewhere = `${gateway.direct}?again`;
  // What the store keeps of people: of who was erased the empty stub by which a copy of the last delivery is known, for minutes.
  const stored = async () => {
    const keys = (await gateway.redis.keys()).filter((key) => /^\{p\d+\}/.test(key));
    const sized = await Promise.all(keys.map(async (key) => ({ key: key.slice(0, 8), octets: await gateway.redis.figure('STRLEN', key).catch(() => NaN), ms: await gateway.redis.figure('PTTL', key) })));
    return sized.filter(({ key, octets, ms }) => !(/^\{p\d+\}s/.test(key) && octets <= STUB_OCTETS && ms > 0 && ms <= STUB_MS));
  };
  const all = new Set();
  const hits = [];
  const at = async () => {
    const kiosk = new Kiosk(await browser.newPage(), gateway.direct);
    await kiosk.page.goto('about:blank');
    await kiosk.load();
    return kiosk;
  };
  const look = async (kiosk, planted, how) => {
    // Four digits are found in any file that is large enough.
    for (const value of planted) if (value.length > 6) all.add(value);
    hits.push(...await inPage(kiosk.page, planted, how));
    await goAway(kiosk.page, elsewhere);
    hits.push(...await inHistory(kiosk.page, planted, how));
    await kiosk.page.close();
  };

  const finished = await at();
  const during = [];
  const planted = await visited(finished, during);
  assert.ok(during.length >= planted.length / 2, 'the search finds what stands on the screen');
  assert.ok((await stored()).length > 0, 'and the store holds the visit');
  await finished.finish();
  await until('the store has forgotten it', async () => (await stored()).length === 0, WAIT_MS).catch(async (error) => { console.error(await stored()); throw error; });
  await look(finished, planted, 'finished');

  const left = await at();
  await left.page.clock.install();
  await left.load();
  const before = await visited(left);
  await left.stopClock();
  for (const secs of [91, 31]) await left.later(secs);
  await left.find('#attract').waitFor({ state: 'visible' });
  await until('the store has forgotten it', async () => (await stored()).length === 0, WAIT_MS);
  await look(left, before, 'silent');
  // The clock is the browser's, not the page's.
  await left.page.clock.resume();

  // Somebody leaves by the browser itself, in the middle of it.
  const away = await at();
  const midway = await visited(away);
  await goAway(away.page, elsewhere);
  await until('the page told the gateway on its way out', async () => (await stored()).length === 0, WAIT_MS);
  await look(away, midway, 'left by the address');

  const crashed = await at();
  const lost = await visited(crashed);
  const wire = await crashed.context.newCDPSession(crashed.page);
  const crash = new Promise((seen) => { crashed.page.once('crash', seen); });
  wire.send('Page.crash').catch(() => {});
  await crash;
  await crashed.page.close();
  const anew = await at();
  await look(anew, lost, 'crashed');

  const bad = await knownBad(browser, planted);
  await browser.close();
  const files = inFiles(profile, [...all]);
  // What a bad page kept on purpose is not the kiosk's.
  files.hits = files.hits.filter((hit) => !hit.endsWith(`: ${planted[0]}`) && !hit.endsWith(`: ${planted[1]}`));
  const store = inFiles(gateway.folder, [...all]);
  const log = found([...all], gateway.said, 'log');
  await gateway.stop();
  report('values planted', `${planted.length} a visit, ${all.size} in all; the search found ${during.length} while they stood there`);
  report('hits after finish, silence, leaving, a crash', `${hits.length} in pages, accessibility trees, stores, cookies and ${STEPS} steps back and forward`);
  report('hits in files', `${files.hits.length} in ${Math.round(files.octets / 1024)} KiB of the browser's profile, ${store.hits.length} in ${Math.round(store.octets / 1024)} KiB of store, CDR and audit, ${log.length} in ${Math.round(gateway.said.length / 1024)} KiB of log`);
  report('the known-bad page', `caught with ${bad} hits, restored from the back/forward cache`);
  assert.deepEqual([...hits, ...files.hits, ...store.hits, ...log], []);
} finally {
  await browser.close();
}
done();
console.log(`nothing is left of a visit, ${Math.round(performance.now() / 1000)} s`);
process.exit(0);
