// One story over kiosk, desk and phone: in Tajik a status is checked and printed, a person is called and comes, the answer goes
// on at a phone by dialling the code, a call-back is asked for there; then "finish", and nothing is left.
// Run: node tests/browser/kiosk-story.mjs [path of the kopir binary, target/debug/kopir by default].

import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Kiosk, SHOTS, WAIT_MS, launch, report } from './kiosk-walk.mjs';
import { Phone, entered, told } from './phone-page.mjs';
import { WIDTHS, demo, within } from './walk.mjs';

const [WIDE] = Object.keys(WIDTHS).map(Number).sort((a, b) => b - a);
const RUSTAM = 2;
/** Octets of a drawing below which it would be a blank strip. */
const SHEET_LEAST = 5_000;

const done = within(180_000);
const pictures = { n: 0 };
const picture = (page, name) => page.screenshot({ path: `${SHOTS}/story-${String(pictures.n += 1).padStart(2, '0')}-${name}.jpg`, quality: 75 });

async function checked(kiosk, paper) {
  await kiosk.begin('tg');
  await picture(kiosk.page, 'root');
  await kiosk.status('1000000010', '1010');
  assert.equal(kiosk.screen.place, 'status/answer');
  assert.equal(kiosk.screen.lang, 'tg');
  await picture(kiosk.page, 'answer');
  const said = kiosk.screen.body.split('\n')[0];
  await kiosk.press('.deed');
  await kiosk.find('#main[data-kind=paper]').waitFor();
  await picture(kiosk.page, 'paper');
  const sheets = readdirSync(paper);
  assert.equal(sheets.filter((name) => name.endsWith('.escpos')).length, 1, `one sheet: ${sheets}`);
  const drawn = sheets.find((name) => name.endsWith('.bmp'));
  assert.ok(statSync(join(paper, drawn)).size > SHEET_LEAST, 'something is drawn on it');
  copyFileSync(join(paper, drawn), join(SHOTS, 'story-sheet.bmp'));
  await kiosk.press('.bar-back');
  return said;
}

// "Call a person": it rings at the desk, somebody takes it, and the kiosk says that he comes.
async function comes(kiosk, desk) {
  await kiosk.press('.bar-person');
  await kiosk.find('#main[data-kind=person] .receipt b').waitFor();
  await picture(kiosk.page, 'person-called');
  const no = (await kiosk.find('.receipt b').innerText()).replace(/\s/g, '');
  await desk.goto(desk.url().replace(/\/desk\/.*/, '/desk/list'));
  await desk.locator(`#t-${no}`).waitFor();
  await picture(desk, 'desk-rings');
  await desk.click(`#t-${no}`);
  await desk.click('#claim');
  await told(desk, 'It is yours now.');
  await picture(desk, 'desk-claimed');
  await kiosk.find('.picture.coming').waitFor();
  await picture(kiosk.page, 'person-comes');
  await kiosk.press('#main .primary');
}

async function codeOf(kiosk) {
  await kiosk.find('.code').waitFor();
  return (await kiosk.find('.code').innerText()).replace(/\s/g, '');
}

async function takenAlong(kiosk, phone, said) {
  for (let n = 0; n < 8 && await kiosk.find('.deed').filter({ visible: true }).count() < 1; n += 1) await kiosk.press('.tapped .more');
  await kiosk.press('.deed:not(:disabled)');
  await kiosk.press('.pick');
  const code = await codeOf(kiosk);
  await picture(kiosk.page, 'code');
  // A phone that was never heard of is asked for its language, as always.
  const languages = await phone.keys(code, 'Тоҷикӣ');
  await phone.keys(/(\d) Тоҷикӣ/.exec(languages)[1], said.slice(0, 12));
  await picture(phone.page, 'phone-goes-on');
  await kiosk.press('.bar-back');
  return code;
}

// The call-back: begun at the kiosk, but whose phone it is only that phone can say.
async function calledBack(kiosk, phone) {
  await kiosk.home();
  await kiosk.choose('help', 'call', 'pay', 'evening');
  await kiosk.write('маош');
  await picture(kiosk.page, 'words');
  await kiosk.turn(() => kiosk.press('.ok'));
  const code = await codeOf(kiosk);
  await picture(kiosk.page, 'carry');
  await phone.page.keyboard.press('Escape');
  const asked = await phone.keys(code, 'Ин телефони кист');
  await picture(phone.page, 'phone-whose');
  const taken = await phone.keys('1', 'Рақам');
  await picture(phone.page, 'phone-taken');
  assert.match(taken, /\d{8}/, `a receipt after: ${asked}`);
  return { no: /\d{8}/.exec(taken)[0], code };
}

const browser = await launch();
try {
  const at = await demo();
  const kiosk = await Kiosk.open(browser, at.kiosk);
  const context = await browser.newContext({ viewport: { width: WIDE, height: WIDTHS[WIDE] }, reducedMotion: 'reduce' });
  const phone = new Phone(await context.newPage());
  phone.page.setDefaultTimeout(WAIT_MS);
  await phone.page.goto(at.phone);
  await phone.pick(RUSTAM);
  const desk = await entered(browser, phone);
  await picture(kiosk.page, 'attract');
  const said = await checked(kiosk, at.paper);
  await comes(kiosk, desk);
  const code = await takenAlong(kiosk, phone, said);
  const plea = await calledBack(kiosk, phone);
  await desk.goto(desk.url().replace(/\/desk\/.*/, '/desk/list'));
  await desk.locator(`#t-${plea.no}`).waitFor();
  const { token } = kiosk;
  await kiosk.finish();
  await picture(kiosk.page, 'finished');
  const left = await kiosk.page.content();
  for (const value of [said, code, plea.code, plea.no]) assert.ok(!left.includes(value), `${value} is gone`);
  await isOver(token, at.kiosk);
  assert.deepEqual(kiosk.silent(), []);
  report('the story', `${pictures.n} pictures in ${SHOTS}`);
} finally {
  await browser.close();
}
done();
console.log(`the kiosk's story holds, ${Math.round(performance.now() / 1000)} s`);
process.exit(0);

// Whoever had the visit's token gets nothing for it any more.
async function isOver(token, url) {
  const answer = await fetch(`${url}/v1/stay`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Visit ${token}` }, body: '{}' });
  assert.equal(answer.status, 410);
}
