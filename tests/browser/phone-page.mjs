// The phone page under a thumb, and the way from it to the desk, for the walks over several pages.

import assert from 'node:assert/strict';
import { WIDTHS } from './walk.mjs';

export const WAIT_MS = 10_000;
const [WIDE] = Object.keys(WIDTHS).map(Number).sort((a, b) => b - a);

export class Phone {
  constructor(page) { this.page = page; }

  pick(person) { return this.page.locator('#people button').nth(person).click(); }

  newest(...wanted) {
    const first = this.page.locator('#inbox li').first();
    return wanted.reduce((found, text) => found.filter({ hasText: text }), first).waitFor()
      .catch(async () => assert.fail(`waited for a letter with ${wanted}; there is ${await first.innerText()}`));
  }

  letters() { return this.page.locator('#inbox li').count(); }

  async shows(text) {
    await this.page.waitForFunction((wanted) => document.getElementById('lcd-text').textContent.includes(wanted), text)
      .catch(async () => assert.fail(`waited for ${text}; the phone shows ${await this.page.locator('#lcd-text').innerText()}`));
    return this.page.locator('#lcd-text').innerText();
  }

  async keys(keys, wanted) {
    await this.page.locator('#lcd-text').focus();
    await this.page.keyboard.type(keys);
    await this.page.keyboard.press('Enter');
    return this.shows(wanted);
  }

  async write(letter, ...wanted) {
    await this.page.locator('#letter-text').fill(letter);
    await this.page.locator('#letter button[type=submit]').click();
    await this.newest(...wanted);
  }
}

// The way from the phone page to the desk, and in.
export async function entered(browser, phone) {
  const context = await browser.newContext({ viewport: { width: WIDE, height: WIDTHS[WIDE] }, locale: 'en' });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  await page.goto(await phone.page.locator('#desk-link').getAttribute('href'));
  const [name] = (await phone.page.locator('#desk-users').innerText()).split(',');
  await page.fill('#name', name);
  await page.fill('#password', await phone.page.locator('#desk-password').innerText());
  await page.click('main button');
  await page.waitForURL('**/desk/list');
  await page.locator('body[data-listening]').waitFor();
  return page;
}

export const told = (desk, text) => desk.locator('.done', { hasText: text }).waitFor();
