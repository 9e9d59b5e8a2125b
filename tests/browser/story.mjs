// Walks one story over both pages of the demo: words mistyped in six languages, a call asked for on the phone, answered at
// the desk, the SMS that was asked for with its receipt, and STOP. No sleeps: every wait names what it waits for.
// Run: node tests/browser/story.mjs [path of the kopir binary, target/debug/kopir by default]. KOPIR_SHOTS=folder keeps pictures.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { Phone, WAIT_MS, entered, told } from './phone-page.mjs';
import { CHROMIUM, WIDTHS, demo, holdsEverywhere, seen, shot, within } from './walk.mjs';

const [WIDE] = Object.keys(WIDTHS).map(Number).sort((a, b) => b - a);
const [GULNORA, AIBEK] = [0, 1];
// What somebody is asked whose word was doubtful, if he is, and what he is told then.
const UNDERSTOOD = {
  uz: [null, '*7890'],
  kk: ['KUN', 'Tolqujat'],
  ky: [null, 'Паспортуңуз'],
  tg: [null, 'Shinosnoma'],
  ru: [null, '*7890'],
  en: ['DAYS', 'passport'],
};

const done = within(300_000);

// Six words as people mistype them, by a click each: a sure one is done, a doubtful one is asked for first.
async function words(phone) {
  const examples = phone.page.locator('#examples-list button');
  await examples.first().waitFor();
  assert.equal(await examples.count(), Object.keys(UNDERSTOOD).length);
  for (const [lang, [asked, told]] of Object.entries(UNDERSTOOD)) {
    await phone.page.locator(`#examples-list [lang=${lang}]`).click();
    if (asked) {
      await phone.newest(asked, '1');
      await phone.write('1', told);
    } else {
      await phone.newest(told);
    }
    await phone.newest('no receipt asked');
  }
  await shot(phone.page, 'story-words');
}

// A call is asked for by dial, with an SMS after it; the number of the plea.
async function asks(phone) {
  await phone.pick(GULNORA);
  const languages = await phone.keys(await phone.page.locator('#desk-dial').innerText(), "O'zbekcha");
  await phone.keys(/(\d) O'zbekcha/.exec(languages)[1], 'Nima haqida');
  await phone.keys('1', 'Qachon');
  await phone.keys('1', "So'zsiz");
  await phone.keys('1', 'kimniki');
  const screen = await phone.keys('2', 'Raqam');
  return /\d{8}/.exec(screen)[0];
}

async function taken(desk, no, number) {
  await desk.click(`#t-${no}`);
  await desk.click('#claim');
  await told(desk, 'It is yours now.');
  await desk.click('#show');
  assert.equal(await desk.locator('#msisdn').innerText(), number);
  await desk.click('button[name=reached][value=yes]');
  await told(desk, 'The call is noted.');
}

async function answers(phone, desk, no) {
  const before = await phone.letters();
  await taken(desk, no, '+998901234567');
  assert.equal(await phone.letters(), before, 'nothing is sent that the desk did not send');
  await desk.click('button[name=which][value=called]');
  await told(desk, 'The text is on its way.');
  await phone.newest("Sizga qo'ng'iroq qildik", 'STOP', '✓ receipt came back');
  await phone.page.locator('#pdus li', { hasText: 'stat:DELIVRD' }).first().waitFor();
  await desk.check('input[value=helped]');
  await desk.click('form[action$=close] button');
  await told(desk, 'It is closed.');
  await holdsEverywhere(desk, 'story-desk', 7);
  await holdsEverywhere(phone.page, 'story-phone');
  await desk.setViewportSize({ width: WIDE, height: WIDTHS[WIDE] });
  await phone.page.setViewportSize({ width: WIDE, height: WIDTHS[WIDE] });
}

// By letters this time; then the person stops it, and the desk cannot send what was asked for before.
async function stops(phone, desk) {
  await phone.pick(AIBEK);
  await phone.page.locator('#desk-word').click();
  await phone.newest('5 ');
  await phone.write('2', '4 ');
  await phone.write('1', '1');
  await phone.write('1', '3 ');
  await phone.write('2', /\d{8}/);
  const [no] = /\d{8}/.exec(await phone.page.locator('#inbox li').first().innerText());
  await phone.page.locator('#desk-stop').click();
  await phone.newest('Bolshe ne pishem');
  const before = await phone.letters();
  await desk.goto(desk.url().replace(/\/desk\/.*/, '/desk/list'));
  await taken(desk, no, '+996555120340');
  await desk.click('button[name=which][value=called]');
  await desk.locator('.wrong', { hasText: 'STOP' }).waitFor();
  // Whatever had been sent would lie before the answer to a later letter.
  await phone.page.locator('#letter-text').fill('SOS');
  await phone.page.locator('#letter button[type=submit]').click();
  await phone.newest('112');
  assert.equal(await phone.letters(), before + 1, 'only what was asked for after STOP has come');
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  const at = await demo();
  const context = await browser.newContext({ viewport: { width: WIDE, height: WIDTHS[WIDE] }, reducedMotion: 'reduce' });
  const phone = new Phone(await context.newPage());
  phone.page.setDefaultTimeout(WAIT_MS);
  const faults = [];
  phone.page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) faults.push(message.text()); });
  phone.page.on('pageerror', (error) => faults.push(String(error)));
  await phone.page.goto(at.phone);
  await words(phone);
  const no = await asks(phone);
  const desk = await entered(browser, phone);
  assert.ok(desk.url().startsWith(at.desk), 'the phone page leads to the desk');
  await answers(phone, desk, no);
  await stops(phone, desk);
  const metrics = await (await fetch(at.metrics)).text();
  assert.match(metrics, /kopir_receipts_total\{[^}]*outcome="matched"[^}]*\} [1-9]/, 'the receipt found its row');
  assert.deepEqual(faults, [], 'the console is silent');
} finally {
  await browser.close();
}
done();
console.log(`the story holds over both pages, ${Math.round(performance.now() / 1000)} s; ${seen.pages} looks, ${seen.violations} axe violations`);
process.exit(0);
