// Walks the demo's phone page in a real Chromium, at a desk's width and at a phone's. No sleeps: every wait names what it waits for.
// Run: node tests/browser/phone.mjs [path of the kopir binary, target/debug/kopir by default]. KOPIR_SHOTS=folder keeps pictures.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const BINARY = resolve(process.argv[2] ?? 'target/debug/kopir');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Menus that were edited are read and measured whole: seconds, on a busy machine more. */
const WAIT_MS = 30_000;
const ALL_MS = 300_000;
const STOP_MS = 2_000;

const work = mkdtempSync(join(tmpdir(), 'kopir-browser-'));
const menus = join(work, 'menus');
const data = join(work, 'data');
cpSync('menus', menus, { recursive: true });
const watchdog = setTimeout(() => { console.error('the walks took too long'); process.exit(1); }, ALL_MS);

const demo = spawn(BINARY, ['demo', '--http', '127.0.0.1:0', '--menus', menus, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
process.on('exit', () => { demo.kill('SIGKILL'); rmSync(work, { recursive: true, force: true }); });
let said = '';
let complained = '';
demo.stderr.on('data', (chunk) => { complained += chunk; });
const welcome = await new Promise((done, failed) => {
  demo.on('exit', (code) => failed(new Error(`the demo ended with ${code}: ${complained}`)));
  demo.stdout.on('data', (chunk) => {
    said += chunk;
    if (said.includes('Ctrl-C')) done(said);
  });
});
const address = /http:\/\/[\d.:]+\/phone/.exec(welcome)[0];
const control = /http:\/\/[\d.:]+\/control/.exec(welcome)[0];
assert.equal(complained, '', 'a newcomer sees no warning at the start');

const office = async (faults) => {
  const answer = await fetch(control, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(faults) });
  assert.ok(answer.ok, `the sample office took ${JSON.stringify(faults)}`);
};

// What a person does on the page, and what he waits for.
class Phone {
  constructor(page, person) { Object.assign(this, { page, person }); }

  static async open(context, person) {
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const faults = [];
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) faults.push(message.text()); });
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(address);
    const phone = new Phone(page, person);
    phone.faults = faults;
    await page.locator('#people button').nth(person).click();
    return phone;
  }

  text() { return this.page.locator('#lcd-text').innerText(); }

  async shows(...wanted) {
    await this.page.waitForFunction((all) => {
      const text = document.getElementById('lcd-text').textContent;
      return all.every((one) => text.includes(one));
    }, wanted).catch(async () => assert.fail(`waited for ${JSON.stringify(wanted)}, the phone shows ${JSON.stringify(await this.text())}`));
  }

  async keys(keys) {
    for (const key of keys) await this.page.locator(`#keys [data-key="${key}"]`).click();
    await this.page.locator('#call').click();
  }

  async typed(keys, ...wanted) {
    await this.page.keyboard.type(keys);
    await this.page.keyboard.press('Enter');
    await this.shows(...wanted);
  }

  async letter(text, wanted) {
    await this.page.locator('#letter-text').fill(text);
    await this.page.locator('#letter button[type=submit]').click();
    await this.arrives(wanted);
    await this.page.locator('#lcd-text').focus();
  }

  arrives(wanted) { return this.page.locator('#inbox li').first().filter({ hasText: wanted }).waitFor(); }

  fact(name) { return this.page.locator('#cost-facts dt', { hasText: name }).locator('xpath=following-sibling::dd[1]').innerText(); }

  async hangUp() { await this.page.keyboard.press('Escape'); await this.shows('Press Call'); }

  async shot(name) {
    if (process.env.KOPIR_SHOTS) await this.page.screenshot({ path: join(process.env.KOPIR_SHOTS, `${name}.png`), fullPage: true });
  }

  async fits() {
    const { wide, room } = await this.page.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: window.innerWidth }));
    assert.ok(wide <= room, `the page is ${wide} px wide in ${room}`);
  }

  async accessible() {
    await this.page.evaluate(readFileSync(AXE, 'utf8'));
    const { violations } = await this.page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] }));
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => html + any.map((a) => a.message)).join(' ')}`), []);
  }
}

// 1. A status in Uzbek; continued after hanging up; letters.
async function status(phone) {
  await phone.keys('*100#');
  await phone.shows("O'zbekcha", '7 SOS');
  // Each phone's likely language comes first: the key differs.
  await phone.typed(/(\d) O'zbekcha/.exec(await phone.text())[1], '1 Ariza');
  await phone.typed('1', 'Ariza raqami');
  await phone.typed('1234567890', 'oxirgi 4 raqami');
  await phone.typed('4821', '*7890', "Ma'lumot sanasi");
  assert.match(await phone.fact('script'), /Latin/);
  assert.equal(await phone.fact('looks like'), 'Uzbek');
  assert.match(await phone.page.locator('#cost-encoding').innerText(), /GSM-7/);
  await phone.shot(`status-${phone.person}`);
}

async function saved(phone) {
  await phone.page.locator('#save').click();
  await phone.page.locator('#saved', { hasText: 'Saved' }).waitFor();
  const folder = join(data, 'conversations');
  const before = phone.files ?? 0;
  await until('the conversation is on the disk', () => (said.match(/conversation saved/g) ?? []).length > before);
  phone.files = before + 1;
  const file = join(folder, readdirSync(folder).sort().at(-1));
  const played = spawnSync(BINARY, ['check', '--conversations', file, menus], { encoding: 'utf8' });
  assert.equal(played.status, 0, `${played.stdout.split('\n').filter((line) => !/warning/.test(line)).slice(-40).join('\n')}${played.stderr}\n${readFileSync(file, 'utf8')}`);
}

// Waits for a condition outside the page, looked at whenever the demo says something.
function until(what, holds) {
  if (holds()) return Promise.resolve();
  return new Promise((done, failed) => {
    const late = setTimeout(() => failed(new Error(`waited in vain: ${what}`)), WAIT_MS);
    const look = () => { if (holds()) { clearTimeout(late); demo.stdout.off('data', look); done(); } };
    demo.stdout.on('data', look);
  });
}

// The wire beside the phone.
async function wire(phone) {
  const line = phone.page.locator('#pdus li', { hasText: 'submit_sm' }).first();
  assert.match(await line.innerText(), /seq=\d+/);
  assert.match(await line.locator('.hex').innerText(), /^[0-9a-f ]+$/);
  await phone.page.locator('#copy').click();
  await phone.page.locator('#copied', { hasText: 'PDUs copied' }).waitFor();
  await phone.page.locator('#trace summary').click();
  assert.equal(await phone.page.locator('#pdus').isVisible(), false, 'the wire folds away');
}

// 2. A word changed, a fault, its cure: no reload of the page.
async function edited(phone, changed) {
  const file = join(menus, 'danger', 'uz.yaml');
  const was = readFileSync(file, 'utf8');
  const version = await phone.page.locator('#bundle').innerText();
  const write = (text) => writeFileSync(file, text);
  write(changed(was));
  await phone.page.waitForFunction((old) => document.getElementById('bundle').textContent !== old, version);
  await phone.hangUp();
  await phone.typed('*100*112#', 'Sinov');
  write(`${was}\nthis is: [no text\n`);
  await phone.page.locator('#faults').waitFor({ state: 'visible' });
  const panel = await phone.page.locator('#faults').innerText();
  assert.match(panel, /danger\/uz\.yaml:\d+:\d+\s+K\d{3} .+/);
  await phone.shot(`fault-${phone.person}`);
  await phone.accessible();
  await phone.hangUp();
  await phone.typed('*100*112#', 'Sinov');
  write(was);
  await phone.page.locator('#faults').waitFor({ state: 'hidden' });
  await phone.hangUp();
  await phone.typed('*100*112#', 'bepul');
  assert.doesNotMatch(await phone.text(), /Sinov/);
}

// 3. The office is down: a promise, and later a letter that names no outcome.
async function promised(phone) {
  await office({ fault: 'hang' });
  await phone.hangUp();
  await phone.typed('*100*12#', 'Ariza raqami');
  // One application a walk: an answer seen before is kept and would be given with its date.
  await phone.typed(`100000001${phone.person}`, 'oxirgi 4 raqami');
  await phone.typed(`101${phone.person}`, 'kimniki');
  await phone.typed('1', 'STOP');
  await office({});
  await phone.arrives('*100#');
}

async function walk(browser, width, height, person) {
  const context = await browser.newContext({ viewport: { width, height }, permissions: ['clipboard-read', 'clipboard-write'], reducedMotion: width < 500 ? 'reduce' : 'no-preference' });
  const phone = await Phone.open(context, person);
  await phone.shows('Press Call');
  assert.ok(await phone.page.locator('.begin').isVisible(), 'the page says what to press first');
  await phone.accessible();
  await phone.fits();
  await phone.shot(`first-${person}`);
  await status(phone);
  await phone.fits();
  await saved(phone);
  await phone.letter('KUN 0310', 'pasporti');
  await phone.hangUp();
  await phone.typed('*100#', '2 Muddatlar');
  await phone.typed('2', 'qachon kirdingiz');
  await phone.typed('0310', 'pasporti');
  await phone.hangUp();
  await phone.typed('*100#', 'Davom');
  await phone.shot(`again-${person}`);
  await phone.accessible();
  await phone.letter('SOS', '112');
  await edited(phone, (text) => text.replace(/112 ga/, 'Sinov 112 ga'));
  await promised(phone);
  await phone.shot(`promised-${person}`);
  await phone.accessible();
  await phone.fits();
  await wire(phone);
  await phone.fits();
  assert.deepEqual(phone.faults, [], 'the console is silent');
  await context.close();
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  await walk(browser, 1280, 900, 0);
  await walk(browser, 390, 844, 3);
} finally {
  await browser.close();
}
const asked = performance.now();
demo.removeAllListeners('exit');
const stopped = new Promise((done) => { demo.on('exit', done); });
demo.kill('SIGINT');
assert.equal(await stopped, 0, complained);
const stop = performance.now() - asked;
assert.ok(stop < STOP_MS, `Ctrl-C took ${stop} ms`);
clearTimeout(watchdog);
console.log(`the phone page holds at 1280 and 390 px, ${Math.round(performance.now() / 1000)} s`);
