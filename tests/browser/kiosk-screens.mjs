// Every kind of screen of the kiosk, reached as a person reaches it; the rare ones (a lost line, a call claimed) by what the
// gateway would answer then.

import { WAIT_MS, entered } from './kiosk-walk.mjs';

const V1 = '**/kiosk/v1/';
const json = (status, body) => ({ status, contentType: 'application/json', body: JSON.stringify(body) });

/** The next answer on a path is another one. */
async function answering(kiosk, path, how) {
  await kiosk.page.route(`${V1}${path}`, how);
}
const asUsual = (kiosk, path) => kiosk.page.unroute(`${V1}${path}`);

async function ring(kiosk, body) {
  await answering(kiosk, 'ring', (route) => route.fulfill(json(200, body)));
  await kiosk.press('.bar-person');
  await kiosk.find('#main[data-kind=person]').waitFor();
  await asUsual(kiosk, 'ring');
}

// A turn that is not answered as usual, until the sign of it stands; then it is.
async function hindered(kiosk, sign, how, look) {
  await answering(kiosk, 'turns', how);
  await kiosk.turn(async () => {
    await kiosk.keys('1');
    await kiosk.find(`.band[data-sign=${sign}]`).waitFor();
    await look();
    await asUsual(kiosk, 'turns');
  });
}

/**
 * Shows all of them in one language; `look` is called with the name of each while it stands.
 * @param {import('./kiosk-walk.mjs').Kiosk} kiosk
 * @param {string} lang
 * @param {(name: string) => Promise<void>} look
 */
export async function everyScreen(kiosk, lang, look) {
  await look('attract');
  await kiosk.begin();
  await look('languages');
  await kiosk.choose(lang);
  await look('root');
  await entries(kiosk, look);
  await answers(kiosk, look);
  await pleas(kiosk, look);
  await own(kiosk, look);
  await rare(kiosk, look);
  await people(kiosk, look);
  await faults(kiosk, look);
  await curtain(kiosk, look);
  await kiosk.finish();
}

async function entries(kiosk, look) {
  await kiosk.choose('status');
  await look('digits');
  await kiosk.keys(...'4821379');
  await look('digits-typed');
  await kiosk.home();
  await kiosk.choose('days-left');
  await look('date');
  await kiosk.press('.date-field .plain');
  await kiosk.keys(...'3113');
  await look('date-typed');
  await kiosk.turn(() => kiosk.press('.ok'));
  await look('date-wrong');
  await kiosk.press('.date-field .plain');
  await kiosk.keys(...entered().short);
  await kiosk.turn(() => kiosk.press('.ok'));
  await look('choose');
  await kiosk.choose('uz');
  await look('choose-two');
  await kiosk.choose('none');
  await look('two-dates');
}

async function answers(kiosk, look) {
  await kiosk.status('1000000010', '1010');
  await look('answer');
  await opened(kiosk, '.deed >> nth=-1');
  await look('ways');
  await kiosk.press('.pick');
  await kiosk.find('.code').waitFor();
  await look('code');
  await kiosk.press('.bar-back');
  await opened(kiosk, '.deed');
  await kiosk.find('#main[data-kind=paper]').waitFor();
  await look('paper');
  await kiosk.press('.bar-back');
  await kiosk.status('1000000019', '0000');
  await look('not-found');
}

// What may stand behind "more".
async function opened(kiosk, selector) {
  for (let n = 0; n < 8 && !await kiosk.find(selector).first().isVisible(); n += 1) await kiosk.press('.tapped .more');
  await kiosk.press(selector);
}

async function pleas(kiosk, look) {
  await kiosk.home();
  await kiosk.choose('help');
  await look('help');
  await kiosk.choose('danger');
  await look('danger');
  await kiosk.choose('call');
  await look('danger-shall');
  await kiosk.home();
  await kiosk.choose('help', 'call');
  await look('topic');
  await kiosk.choose('pay', 'any');
  await look('words');
  for (const row of [1, 2]) await kiosk.press(`.keyboard .row:nth-child(${row}) [data-key]`);
  await kiosk.press('.marks');
  await look('words-marks');
  await kiosk.press('.switch');
  await look('words-boards');
  await kiosk.press('.board');
  await kiosk.press('.shift');
  await look('words-capitals');
  await kiosk.turn(() => kiosk.press('.ok'));
  await kiosk.find('.code').waitFor();
  await look('carry');
}

// What is kept of a person: of a visit, nothing.
async function own(kiosk, look) {
  await kiosk.home();
  await kiosk.choose('my-data');
  await kiosk.find('.code').waitFor();
  await look('my-data');
  await kiosk.home();
}

// Kinds that no menu shows a visit today: an answer as the gateway would give it, made of words that a menu has.
async function rare(kiosk, look) {
  const changed = (change) => answering(kiosk, 'turns', async (route) => {
    const answer = await route.fetch();
    const told = await answer.json();
    change(told.screen);
    await route.fulfill({ response: answer, json: told });
  });
  await kiosk.choose('days-left');
  await kiosk.press('.date-field .plain');
  await kiosk.keys(...entered().short);
  await changed((screen) => {
    const [one] = screen.choices;
    screen.kind = 'list';
    screen.choices = Array.from({ length: 20 }, (_, i) => ({ ...one, id: '', icon: null, say: null, digit: String(i + 1), label: ['Шығыс Қазақстан облысы', 'Алматы', 'Қостанай облысы'][i % 3] }));
  });
  await kiosk.turn(() => kiosk.press('.ok'));
  await look('list');
  await asUsual(kiosk, 'turns');
  await changed((screen) => { screen.kind = 'confirm'; });
  await kiosk.turn(() => kiosk.keys('1'));
  await look('confirm');
  await asUsual(kiosk, 'turns');
  await changed((screen) => { screen.kind = 'end'; screen.ends = true; screen.choices = []; screen.keys = { back: false, home: true, language: true }; });
  await kiosk.turn(() => kiosk.keys('2'));
  await look('end');
  await asUsual(kiosk, 'turns');
  await kiosk.home();
}

async function people(kiosk, look) {
  await ring(kiosk, { state: 'none' });
  await look('person-none');
  await kiosk.press('.bar-back');
  await ring(kiosk, { state: 'closed', opens_on: '2026-11-26', opens_at: '09:00-13:00' });
  await look('person-closed');
  await kiosk.press('.bar-back');
  await ring(kiosk, { state: 'rung', no: '48213790' });
  await look('person-rung');
  await answering(kiosk, 'ring', (route) => route.fulfill(json(200, { state: 'coming', no: '48213790' })));
  await kiosk.find('.picture.coming').waitFor();
  await look('person-coming');
  await asUsual(kiosk, 'ring');
  await answering(kiosk, 'ring', (route) => route.fulfill(json(200, { state: 'done', no: '48213790' })));
  await kiosk.find('.picture.done').waitFor();
  await look('person-done');
  await asUsual(kiosk, 'ring');
  await kiosk.press('.bar-back');
}

async function faults(kiosk, look) {
  await kiosk.home();
  // Held until somebody has looked: the sign of work comes first, words a little later.
  let held = [];
  await answering(kiosk, 'turns', (route) => { held.push(route); });
  await kiosk.turn(async () => {
    await kiosk.keys('1');
    await kiosk.find('.band[data-sign=wait]').waitFor();
    await look('wait', { once: true });
    await asUsual(kiosk, 'turns');
    for (const route of held) await route.continue().catch(() => {});
    held = [];
  });
  await kiosk.home();
  await hindered(kiosk, 'slow', (route) => route.fulfill(json(202, { step: 1, waiting: true })), () => look('slow'));
  await kiosk.home();
  await hindered(kiosk, 'trouble', (route) => route.abort('connectionrefused'), () => look('trouble'));
  await kiosk.home();
}

async function curtain(kiosk, look) {
  const { page } = kiosk;
  // Nobody has been there for longer than any idle time, and as long as somebody looks.
  await page.evaluate(() => {
    const real = Date.now;
    const ahead = 95_000;
    const stopped = real() + ahead;
    Date.now = () => stopped;
    globalThis.time = () => { Date.now = real; };
  });
  await kiosk.find('#curtain .primary').waitFor({ timeout: WAIT_MS });
  await look('curtain');
  await page.evaluate(() => globalThis.time());
  await kiosk.press('#curtain .primary');
  await kiosk.find('#curtain').waitFor({ state: 'hidden' });
}
