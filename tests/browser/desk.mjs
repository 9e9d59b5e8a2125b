// Walks the demo's desk in a real Chromium: with keys alone, without JavaScript, in three languages, light and dark, at two
// widths. No sleeps: every wait names what it waits for.
// Run: node tests/browser/desk.mjs [path of the kopir binary, target/debug/kopir by default]. KOPIR_SHOTS=folder keeps pictures.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { CHROMIUM, demo, holds, holdsEverywhere, seen, shot, within } from './walk.mjs';

const WAIT_MS = 30_000;
// The contrast that every text of the desk has at least (WCAG 2.2, 1.4.6).
const CONTRAST = 7;
// Long enough for a slow machine to look at the warning, which comes at half of it.
const IDLE_SECS = 20;
const LANGS = { kk: 'Қазақша', ru: 'Русский', en: 'English' };
// The sample tickets of the demo, and one number as it must never stand anywhere but where it was asked for.
const [PAPERS, WAGES, DANGER, COMPLAINT, WORK] = ['48210637', '70934415', '15580294', '63307128', '29461850'];
const PAPERS_NUMBER = '+998901234567';

const done = within(420_000);

class Desk {
  constructor(page, address) { Object.assign(this, { page, address, faults: [] }); }

  static async open(browser, { desk, password }, options = {}) {
    const { name = 'desk', lang = 'en', width = 1280, height = 900, ...rest } = options;
    const context = await browser.newContext({ viewport: { width, height }, locale: lang, ...rest });
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const own = new Desk(page, desk);
    Object.assign(own, { context, name, password, width });
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) own.faults.push(message.text()); });
    page.on('pageerror', (error) => own.faults.push(String(error)));
    await page.goto(desk);
    return own;
  }

  async signIn() {
    await this.page.fill('#name', this.name);
    await this.page.fill('#password', this.password);
    await this.page.click('main button');
    await this.page.waitForURL('**/desk/list');
    return this;
  }

  to(path) { return this.page.goto(`${this.address}/${path}`); }

  text() { return this.page.locator('main').innerText(); }

  async press(...keys) { for (const key of keys) await this.page.keyboard.press(key); }

  // Tabs until the element has the focus, as somebody without a mouse does.
  async tabTo(selector, most = 60) {
    for (let n = 0; n < most; n += 1) {
      if (await this.page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
      await this.press('Tab');
    }
    assert.fail(`${selector} cannot be reached with the Tab key on ${this.page.url()}`);
  }

  async done(text) { await this.page.locator('.done', { hasText: text }).waitFor(); }

  shot(name) { return shot(this.page, `desk-${name}`); }

  holds(name) { return holds(this.page, `desk-${name}`, CONTRAST); }

  holdsEverywhere(name) { return holdsEverywhere(this.page, `desk-${name}`, CONTRAST); }

  async close() {
    assert.deepEqual(this.faults, [], 'the console is silent');
    await this.context.close();
  }
}

// The whole way of one call-back, with keys alone.
async function byKeys(browser, at) {
  const desk = await Desk.open(browser, at, { permissions: ['clipboard-read', 'clipboard-write'] });
  const { page } = desk;
  await desk.press('Tab');
  assert.match(await page.evaluate(() => document.activeElement.className), /skip/, 'the first Tab is the way past the head');
  await desk.tabTo('#name');
  await page.keyboard.type('desk');
  await desk.press('Tab');
  await page.keyboard.type('not the password');
  await desk.press('Enter');
  await page.locator('.wrong').waitFor();
  desk.faults.length = 0; // Chromium writes every 403 into the console.
  await desk.holds('sign-in-wrong');
  await desk.tabTo('#password');
  await page.keyboard.type(desk.password);
  await desk.press('Enter');
  await page.waitForURL('**/desk/list');
  const cookie = (await desk.context.cookies()).find(({ name }) => name === '__Host-kopir');
  assert.ok(cookie.secure && cookie.httpOnly && cookie.sameSite === 'Strict', 'the cookie is kept on loopback and closed to scripts');
  const list = await desk.text();
  assert.ok(!list.includes(DANGER) && !list.includes(COMPLAINT), 'the desk sees neither danger nor complaints');
  await desk.tabTo('.what a');
  const first = await page.evaluate(() => document.activeElement.id);
  await desk.press('j');
  assert.notEqual(await page.evaluate(() => document.activeElement.id), first, 'j goes on');
  await desk.press('k');
  assert.equal(await page.evaluate(() => document.activeElement.id), first, 'k goes back');
  await desk.tabTo(`#t-${PAPERS}`);
  await desk.press('Enter');
  await page.waitForURL(`**/desk/t/${PAPERS}`);
  assert.ok(!(await page.content()).includes(PAPERS_NUMBER.slice(1)), 'no number before it is asked for');
  await desk.holds('ticket-open');
  await desk.tabTo('#claim');
  await desk.press('Enter');
  await desk.done('It is yours now.');
  await desk.tabTo('#show');
  await desk.press('Enter');
  await page.locator('#msisdn').waitFor();
  assert.equal(await page.locator('#msisdn').innerText(), PAPERS_NUMBER);
  assert.match(await page.locator('.script [lang=uz]').first().innerText(), /Assalomu alaykum/);
  assert.ok(!page.url().includes('998'), 'no number in an address');
  await desk.tabTo('#copy');
  await desk.press('Enter');
  await page.locator('#copy', { hasText: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), PAPERS_NUMBER);
  await desk.holds('ticket-number');
  await desk.tabTo('button[name=reached][value=yes]');
  await desk.press('Enter');
  await desk.done('The call is noted.');
  assert.ok(!(await page.content()).includes(PAPERS_NUMBER.slice(1)), 'the number is hidden again');
  await desk.tabTo('#note');
  await page.keyboard.type('Explained <b>how</b> & where.');
  await desk.tabTo('form[action$=note] button');
  await desk.press('Enter');
  await desk.done('The note is kept.');
  assert.match(await desk.text(), /Explained <b>how<\/b> & where\./);
  await desk.tabTo('#escalate');
  await desk.press('Enter');
  await desk.done('The lead will see it first.');
  await desk.tabTo('input[name=outcome]');
  await desk.press('ArrowDown', 'ArrowUp');
  await desk.tabTo('form[action$=close] button');
  await desk.press('Enter');
  await desk.done('It is closed.');
  await desk.holds('ticket-closed');
  await desk.tabTo('a[href="/desk/closed"]');
  await desk.press('Enter');
  await page.locator(`#t-${PAPERS}`).waitFor();
  await desk.holds('closed');
  await desk.tabTo('form[action="/desk/sign-out"] button');
  await desk.press('Enter');
  await desk.done('You are signed out.');
  await desk.to('list');
  await page.locator('#password').waitFor();
  await desk.close();
}

// The same without a script, on a narrow screen.
async function withoutScript(browser, at) {
  const desk = await Desk.open(browser, at, { javaScriptEnabled: false, width: 390, height: 844, lang: 'ru' });
  const { page } = desk;
  await desk.signIn();
  await page.click('[name=lang][value=ru]');
  await page.locator('h1', { hasText: 'Ждут звонка' }).waitFor();
  assert.equal(await page.locator('.keys').isVisible(), false, 'keys are offered only where they work');
  await desk.shot('no-script-list');
  await page.click(`#c-${WAGES}`);
  await desk.done('Теперь обращение у вас.');
  await page.click('#show');
  assert.equal(await page.locator('#msisdn').innerText(), '+992927771122');
  assert.equal(await page.locator('#copy').isVisible(), false);
  await desk.shot('no-script-number');
  await page.fill('#note', 'я'.repeat(601));
  await page.click('form[action$=note] button');
  await page.locator('.wrong', { hasText: '601' }).waitFor();
  assert.equal((await page.inputValue('#note')).length, 601, 'what was typed is not lost');
  await page.fill('#note', 'Поговорили.');
  await page.click('form[action$=note] button');
  await desk.done('Заметка сохранена.');
  await page.click('button[name=reached][value=no]');
  await desk.done('Звонок записан.');
  // It has waited too long: the clock has done it already.
  await page.locator('.raised', { hasText: 'Старший видит это первым.' }).waitFor();
  await page.check('input[value=not-reached]');
  await page.click('form[action$=close] button');
  await desk.done('Закрыто.');
  await page.click('form[action="/desk/sign-out"] button');
  await desk.done('Вы вышли.');
  await desk.context.close();
}

// Two people at once: one sees what the other does, without reloading; a form that came too late changes nothing.
async function together(browser, at) {
  const desk = await Desk.open(browser, at);
  const lead = await Desk.open(browser, at, { name: 'lead' });
  await desk.signIn();
  await lead.signIn();
  for (const one of [desk, lead]) await one.page.locator('body[data-listening]').waitFor();
  await desk.page.locator(`#c-${WORK}`).focus();
  await lead.page.click(`#c-${WORK}`);
  await lead.done('It is yours now.');
  await desk.page.locator('.row', { hasText: WORK }).filter({ hasText: 'with lead' }).waitFor();
  await desk.page.click(`#t-${WORK}`);
  await desk.page.locator('.note', { hasText: 'lead has it' }).waitFor();
  await desk.page.locator('body[data-listening]').waitFor();
  await lead.page.click('#release');
  await lead.done('You gave it back.');
  await desk.page.locator('#said a').click();
  await desk.page.locator('#claim').waitFor();
  await lead.page.selectOption('#to', 'desk');
  await lead.page.click('form[action$=assign] button');
  await lead.done('It was handed over.');
  await desk.page.click('#claim');
  await desk.done('It is yours now.');
  await lead.page.click('#escalate');
  await lead.done('The lead will see it first.');
  await lead.to('list');
  const list = await lead.text();
  assert.ok(list.includes(DANGER) && list.includes(COMPLAINT));
  await lead.to(`t/${COMPLAINT}`);
  assert.match(await lead.text(), /<b>Никто<\/b> не перезвонил & не написал\./, 'what people wrote stays text');
  desk.faults.length = 0;
  await desk.to(`t/${COMPLAINT}`);
  await desk.page.locator('.wrong', { hasText: 'no such page or ticket' }).waitFor();
  desk.faults.length = 0; // Chromium writes every 404 into the console.
  await desk.close();
  await lead.close();
}

// Every page in a language, at both widths, in light or dark.
async function everyPage(browser, at, lang, colorScheme) {
  const tag = `${lang}-${colorScheme}`;
  const view = { lang, colorScheme };
  const lead = await Desk.open(browser, at, { ...view, name: 'lead' });
  await lead.page.click(`.langs [hreflang=${lang}]`);
  await lead.holdsEverywhere(`sign-in-${tag}`);
  await lead.signIn();
  await lead.page.click(`.langs [value=${lang}]`);
  await lead.page.locator(`html[lang=${lang}]`).waitFor();
  assert.equal(await lead.page.locator('.langs [aria-pressed=true]').innerText(), LANGS[lang]);
  await lead.holdsEverywhere(`list-${tag}`);
  await lead.page.click(`#t-${DANGER}`);
  await lead.page.locator('.loud').waitFor();
  await lead.holdsEverywhere(`danger-${tag}`);
  await lead.page.click('#claim');
  await lead.page.click('#show');
  await lead.page.locator('#msisdn').waitFor();
  await lead.holdsEverywhere(`number-${tag}`);
  await lead.to(`t/${DANGER}`);
  await lead.page.click('#release');
  await lead.page.locator('#claim').waitFor();
  await lead.to('closed');
  await lead.holdsEverywhere(`closed-${tag}`);
  await lead.to('nothing-here');
  await lead.holdsEverywhere(`missing-${tag}`);
  await lead.context.close();
  const admin = await Desk.open(browser, at, { ...view, name: 'admin' });
  await admin.signIn();
  await admin.page.click(`.langs [value=${lang}]`);
  await admin.page.locator(`html[lang=${lang}]`).waitFor();
  await admin.holdsEverywhere(`nothing-${tag}`);
  await admin.to('service');
  await admin.holdsEverywhere(`service-${tag}`);
  await admin.close();
}

// Nobody there: a warning, then the sign-in page; who says that he is there stays.
async function idle(browser, at) {
  const desk = await Desk.open(browser, at);
  await desk.signIn();
  await desk.page.locator('#stay').waitFor({ timeout: IDLE_SECS * 1000 });
  await desk.holds('leaving');
  await desk.page.click('#stay');
  await desk.page.locator('#stay').waitFor({ state: 'detached' });
  assert.match(desk.page.url(), /list$/);
  await desk.page.locator('.done', { hasText: 'because nothing was done' }).waitFor({ timeout: (IDLE_SECS + 10) * 1000 });
  await desk.to('list');
  await desk.page.locator('#password').waitFor();
  await desk.close();
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  const at = await demo();
  const brief = await demo('--desk-idle', String(IDLE_SECS));
  const away = idle(browser, brief);
  await byKeys(browser, at);
  await withoutScript(browser, at);
  await together(browser, at);
  for (const lang of Object.keys(LANGS)) await everyPage(browser, at, lang, 'light');
  await everyPage(browser, at, 'ru', 'dark');
  await away;
} finally {
  await browser.close();
}
done();
console.log(`the desk holds in kk, ru and en at 1280 and 390 px, ${Math.round(performance.now() / 1000)} s; ` +
  `${seen.pages} looks, ${seen.violations} axe violations, contrast ${seen.worst.toFixed(2)}:1 or more`);
process.exit(0);
