// Looks at every kind of screen of the kiosk in six languages, on three devices, in sizes of text and contrasts: targets, gaps,
// nothing cut off, axe, a glyph for every letter. Leaves a picture of each in target/kiosk-shots.
// Run: node tests/browser/kiosk-looks.mjs [path of the kopir binary]. KOPIR_LONG=1: all combinations instead of pairs.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { DEVICES, Kiosk, LANGS, LONG, SHOTS, launch, report } from './kiosk-walk.mjs';
import { LEAST, measured } from './kiosk-measure.mjs';
import { everyScreen } from './kiosk-screens.mjs';
import { demo, seen, violations, within } from './walk.mjs';

const SIZES = ['m', 'l', 'xl', 's'];
const CONTRASTS = ['calm', 'dark', 'black-on-white', 'white-on-black'];
const NAMES = Object.keys(DEVICES);
// Every two of device, size and contrast meet in these sixteen.
const PAIRS = SIZES.flatMap((size, i) => CONTRASTS.map((contrast, j) => ({ device: NAMES[(i + j) % NAMES.length], size, contrast })));
const ALL = NAMES.flatMap((device) => SIZES.flatMap((size) => CONTRASTS.map((contrast) => ({ device, size, contrast }))));
const PLAIN = NAMES.map((device) => ({ device, size: 'm', contrast: 'calm' }));
/** Pages behind "more" that are looked at. */
const PAGES_MAX = 24;

const done = within(LONG ? 7_200_000 : 900_000);
const faults = [];
const met = { target: Infinity, letter: Infinity, gap: Infinity };
const kinds = new Set();
// A run of hours tells at once what it finds.
const fault = (...all) => { faults.push(...all); if (LONG) all.forEach((one) => console.error(`  fault: ${one}`)); };
let layouts = 0;

async function set(page, { device, size, contrast }) {
  const [width, height] = device.split('x').map(Number);
  await page.setViewportSize({ width, height });
  await page.evaluate(([mm, now, colours]) => {
    const root = document.documentElement;
    root.style.setProperty('--mm', `${mm}px`);
    Object.assign(root.dataset, { size: now, contrast: colours });
    dispatchEvent(new Event('resize'));
  }, [DEVICES[device], size, contrast]);
}

const standing = (page) => page.evaluate(() => [...document.querySelectorAll('#main .flow > *, #main .tapped > *')].filter((one) => one.checkVisibility()).map((one) => one.textContent).join('|'));

async function layout(page, name) {
  const { faults: found, ...least } = await page.evaluate(measured, LEAST);
  layouts += 1;
  for (const [key, value] of Object.entries(least)) met[key] = Math.min(met[key], value ?? Infinity);
  fault(...found.map((one) => `${name}: ${one}`));
}

// A screen with all that stands behind its "more".
async function pages(page, name) {
  await layout(page, name);
  for (const pane of ['.flow', '.tapped']) {
    const more = page.locator(`#main ${pane} > .more`);
    if (!await more.isVisible().catch(() => false)) continue;
    const before = new Set([await standing(page)]);
    for (let n = 2; n <= PAGES_MAX; n += 1) {
      await more.focus();
      await page.evaluate(() => document.activeElement.click());
      const now = await standing(page);
      if (before.has(now)) break;
      assert.ok(n < PAGES_MAX, `${name}: "more" comes round`);
      before.add(now);
      await layout(page, `${name}, page ${n}`);
      await page.waitForTimeout(310);
    }
  }
}

async function look(kiosk, lang, turn, name, { once = false } = {}) {
  const { page } = kiosk;
  kinds.add(name);
  if (once) {
    await page.screenshot({ path: `${SHOTS}/${lang}-${name}.jpg`, quality: 70 });
    await layout(page, `${lang} ${name}`);
    return;
  }
  const rotated = PAIRS[turn % PAIRS.length];
  for (const row of LONG ? ALL : [...PLAIN.slice(1), rotated]) {
    const at = `${lang} ${name} ${row.device} ${row.size} ${row.contrast}`;
    await set(page, row);
    // Somebody is there: all the rows of a screen take longer than a visit stands idle.
    await page.keyboard.press('Shift');
    if (row === rotated || LONG) fault(...await violations(page, at));
    await pages(page, at);
  }
  await set(page, PLAIN[0]);
  await pages(page, `${lang} ${name} ${PLAIN[0].device}`);
  if (process.env.KOPIR_AXE_PLAIN || LONG) fault(...await violations(page, `${lang} ${name}`));
  await page.evaluate(() => dispatchEvent(new Event('resize')));
  await page.screenshot({ path: `${SHOTS}/${lang}-${name}.jpg`, quality: 70 });
}

async function language(browser, url, lang, nth) {
  const kiosk = await Kiosk.open(browser, url);
  let turn = nth * 5;
  await everyScreen(kiosk, lang, (name, how) => look(kiosk, lang, turn++, name, how));
  assert.deepEqual(kiosk.silent(), [], `the console is silent in ${lang}`);
  await kiosk.close();
}

/** All letters that a person may be shown. */
function letters() {
  const folders = ['kiosk/texts', ...readdirSync('menus', { withFileTypes: true }).filter((one) => one.isDirectory()).map(({ name }) => `menus/${name}`)];
  const texts = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.yaml')).map((name) => readFileSync(`${folder}/${name}`, 'utf8').replace(/(^|\s)#.*$/gm, '')));
  const page = ['kiosk/index.html', 'kiosk/keyboards.js'].map((name) => readFileSync(name, 'utf8'));
  const both = [...texts, ...page, '₸₽№0123456789*#•'].join('');
  return [...new Set(both + both.toLocaleUpperCase('ru'))].filter((one) => one > ' ');
}

// A letter without a glyph looks like a code point that has none, which is asked for in the same way.
async function glyphs(browser, url) {
  const kiosk = await Kiosk.open(browser, url);
  const all = letters();
  const missing = await kiosk.page.evaluate((wanted) => {
    const brush = new OffscreenCanvas(80, 80).getContext('2d', { willReadFrequently: true });
    const font = getComputedStyle(document.body).fontFamily;
    const drawn = (letter) => {
      brush.fillStyle = '#fff';
      brush.fillRect(0, 0, 80, 80);
      brush.fillStyle = '#000';
      brush.font = `48px ${font}`;
      brush.fillText(letter, 10, 60);
      return [...brush.getImageData(0, 0, 80, 80).data].join();
    };
    const none = new Set(['\u{10FFFE}', '\u0378', '\uE123'].map(drawn));
    const blank = drawn(' ');
    return wanted.filter((letter) => none.has(drawn(letter)) || drawn(letter) === blank);
  }, all);
  await kiosk.close();
  assert.deepEqual(missing, [], 'every letter has a glyph');
  report('letters of all texts and keyboards with a glyph', all.length);
}

const browser = await launch();
try {
  const at = await demo();
  await glyphs(browser, at.kiosk);
  const wanted = (process.env.KOPIR_LANGS ?? LANGS.join()).split(',');
  const queue = wanted.map((lang, nth) => [lang, nth]);
  const worker = async () => { for (let next = queue.shift(); next; next = queue.shift()) await language(browser, at.kiosk, ...next); };
  await Promise.all([worker(), worker()]);
  report('kinds of screen', `${kinds.size} × ${wanted.length} languages: ${[...kinds].join(' ')}`);
  report('layouts measured', `${layouts}; least target ${met.target.toFixed(2)} mm, letter ${met.letter.toFixed(2)} mm, gap ${met.gap.toFixed(2)} mm`);
  report('axe', `${seen.pages} looks, ${seen.violations} violations`);
  assert.deepEqual([...new Set(faults)], []);
} finally {
  await browser.close();
}
done();
console.log(`the kiosk looks as it should, ${Math.round(performance.now() / 1000)} s`);
process.exit(0);
