// What of the kiosk page needs no browser: letters within two taps, equal words in six languages, names of clips, typed dates.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { KEYBOARDS, MARKS, keyboardOf, shifted } from '../../kiosk/keyboards.js';
import { NEXT_STEPS, OPTIONS, STATES } from '../../kiosk/icons.js';
import { allowed, complete, dotted, grid, monthAfter, typed } from '../../kiosk/dates.js';
import { clipKey, sha256 } from '../../kiosk/sha256.js';
import { grouped, hidden } from '../../kiosk/digits.js';
import { wordsIn } from '../../kiosk/words.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const TAGS = ['kk', 'ru', 'uz', 'ky', 'tg', 'en'];
const RUSSIAN = 'абвгдеёжзийклмнопрстуфхцчшщъыьэюя';
const ALPHABETS = {
  kk: [...RUSSIAN, ...'әғқңөұүһі'], ru: [...RUSSIAN], ky: [...RUSSIAN, ...'ңөү'], tg: [...'абвгғдеёжзиӣйкқлмнопрстуӯфхҳчҷшъэюя'],
  'uz-Cyrl': [...'абвгдеёжзийклмнопрстуфхцчшъьэюяўқғҳ'], uz: [...'abdefghijklmnopqrstuvxyz', 'oʻ', 'gʻ', 'sh', 'ch', 'ng', 'ʼ'], en: [...'abcdefghijklmnopqrstuvwxyz'],
};

function read(path) {
  return readFileSync(join(ROOT, path), 'utf8');
}

function texts(tag) {
  const lines = read(`kiosk/texts/${tag}.yaml`).split('\n').filter((line) => line !== '');
  assert.match(lines[0], /^# Not reviewed: no native speaker has read this file yet\.$/);
  return Object.fromEntries(lines.slice(1).map((line) => {
    const [, key, value] = /^([a-z-]+): (.+)$/.exec(line) ?? assert.fail(`${tag}: ${line}`);
    return [key, value.startsWith('"') ? JSON.parse(value) : value];
  }));
}

// The keys of a reference file: what stands at the very left.
function keysOf(path) {
  return [...read(path).matchAll(/^([\w-]+):/gm)].map(([, key]) => key);
}

for (const [id, letters] of Object.entries(ALPHABETS)) {
  test(`every letter of ${id} is one tap away, and two with a capital`, () => {
    const board = KEYBOARDS.find((one) => one.id === id);
    const keys = new Set(board.rows.flat());
    assert.deepEqual(letters.filter((letter) => !keys.has(letter)), []);
    assert.equal(keys.size, board.rows.flat().length, 'no letter stands twice');
  });
}

test('Shift makes one capital, also of two letters', () => {
  for (const [small, large] of Object.entries({ ә: 'Ә', і: 'І', ҳ: 'Ҳ', i: 'I', 'oʻ': 'Oʻ', sh: 'Sh', ʼ: 'ʼ' })) assert.equal(shifted(small), large);
});

test('digits and the marks of a name are two taps away', () => {
  const marks = new Set(MARKS.flat());
  for (const mark of "0123456789.,-'/№") assert.ok(marks.has(mark), mark);
});

test('no row is wider than the narrowest screen', () => {
  // 1366 px at 3.57 px/mm, without the bar of five: 310 mm for keys of 13 mm and gaps of 3 mm, Shift and erase of 17 mm.
  for (const { id, rows } of [...KEYBOARDS, { id: 'marks', rows: MARKS }]) {
    for (const row of rows) assert.ok(row.length * 16 + 40 <= 310, `${id}: ${row.join('')}`);
    // 1080 px at 4.03 px/mm.
    for (const row of rows) assert.ok(row.length * 16 - 3 <= 254, `${id}: ${row.join('')}`);
  }
});

test('a language begins with its own keyboard, an unknown one with the Russian', () => {
  for (const tag of TAGS) assert.equal(keyboardOf(tag).id, tag);
  assert.equal(keyboardOf('xx').id, 'ru');
});

test('all six languages have the same words with the same places', () => {
  const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  const source = texts('ru');
  for (const tag of TAGS) {
    const own = texts(tag);
    assert.deepEqual(Object.keys(own), Object.keys(source), tag);
    for (const [key, text] of Object.entries(own)) assert.deepEqual(places(text), places(source[key]), `${tag}: ${key}`);
    assert.equal(own.months.split(' ').length, 12, tag);
    assert.equal(own.weekdays.split(' ').length, 7, tag);
  }
});

test('the page uses no word that it has not, and has none that it does not use', () => {
  const source = readdirSync(join(ROOT, 'kiosk')).filter((name) => name.endsWith('.js')).map((name) => read(`kiosk/${name}`)).join('\n');
  const used = new Set([...source.matchAll(/say\((?:[^()']*\? )?'([\w-]+)'(?: : '([\w-]+)')?/g)].flatMap(([, a, b]) => [a, b]).filter(Boolean));
  for (const name of ['back', 'home', 'person', 'language', 'finish', 'wait', 'slow', 'trouble']) used.add(name);
  for (const state of ['rung', 'coming', 'done', 'closed', 'none']) used.add(`person-${state}`);
  const known = Object.keys(texts('en'));
  assert.deepEqual([...used].filter((key) => !known.includes(key)), []);
  assert.deepEqual(known.filter((key) => !used.has(key)), []);
});

test('a place is filled, a missing word is its key', () => {
  const say = wordsIn({ en: { progress: '{n} of {m}' } }, 'en');
  assert.equal(say('progress', { n: 1, m: 3 }), '1 of 3');
  assert.equal(say('nothing'), 'nothing');
});

test('a clip is named by the hash of its language and text', () => {
  for (const text of ['', 'abc', 'Рақами аризаро пахш кунед', 'x'.repeat(55), 'x'.repeat(56), 'x'.repeat(64), 'ұ'.repeat(300)]) {
    assert.equal(sha256(text), createHash('sha256').update(text).digest('hex'));
    assert.equal(clipKey('tg', text), createHash('sha256').update(`tg\0${text}`).digest('hex').slice(0, 16));
  }
});

test('a day becomes DDMM or DDMMYYYY, whichever says more', () => {
  const october = { year: 2026, month: 10 };
  assert.equal(typed(['ddmm'], october, 3), '0310');
  assert.equal(typed(['ddmm', 'ddmmyyyy'], october, 3), '03102026');
  assert.ok(complete(['ddmm', 'ddmmyyyy'], '0310'));
  assert.ok(!complete(['ddmm', 'ddmmyyyy'], '03102'));
  assert.ok(complete(['ddmm', 'ddmmyyyy'], '03102026'));
  assert.equal(dotted('03102026'), '03.10.2026');
  assert.equal(dotted('031'), '03.1');
});

test('a month begins on Monday and a past date has no tomorrow', () => {
  assert.deepEqual(grid({ year: 2026, month: 11 }).slice(0, 7), [null, null, null, null, null, null, 1]);
  assert.equal(grid({ year: 2028, month: 2 }).filter((day) => day !== null).length, 29);
  assert.deepEqual(monthAfter({ year: 2026, month: 1 }, -1), { year: 2025, month: 12 });
  assert.deepEqual(monthAfter({ year: 2026, month: 12 }, 1), { year: 2027, month: 1 });
  const today = new Date(2026, 10, 25, 15);
  assert.ok(allowed('past', { year: 2026, month: 11 }, 25, today));
  assert.ok(!allowed('past', { year: 2026, month: 11 }, 26, today));
  assert.ok(!allowed('future', { year: 2026, month: 11 }, 24, today));
});

test('digits are grouped, and hidden without their number being lost', () => {
  assert.equal(grouped('48213790'), '4821 3790');
  assert.equal(grouped('123456789', 9), '123 456 789');
  assert.equal(hidden('4821'), '••••');
});

test('every option, state and next step of the menus has a drawing of the page', () => {
  const drawn = new Set([...read('kiosk/index.html').matchAll(/<symbol id="([\w-]+)"/g)].map(([, id]) => id));
  const menus = readdirSync(join(ROOT, 'menus'), { withFileTypes: true }).filter((one) => one.isDirectory() && !['phrases', 'reference'].includes(one.name));
  for (const { name } of menus) {
    const menu = read(`menus/${name}/menu.yaml`);
    const icon = /icon: ([\w-]+)/.exec(menu)?.[1];
    if (icon) assert.ok(drawn.has(icon), `${name}: ${icon}`);
    for (const [, block] of menu.matchAll(/\n {4}options:\n((?: {6}.*\n)+)/g)) {
      for (const [, id] of block.matchAll(/^ {6}([\w-]+):/gm)) assert.ok(id in OPTIONS, `${name}: ${id}`);
    }
  }
  assert.deepEqual(keysOf('menus/reference/states.yaml').filter((key) => !(key in STATES)), []);
  assert.deepEqual(keysOf('menus/reference/next-steps.yaml').filter((key) => !(key in NEXT_STEPS)), []);
  const meant = [...Object.values(OPTIONS), ...Object.values(STATES), ...Object.values(NEXT_STEPS)];
  assert.deepEqual(meant.filter((name) => !drawn.has(name)), []);
  const named = [...readdirSync(join(ROOT, 'kiosk')).filter((name) => name.endsWith('.js')).map((name) => read(`kiosk/${name}`)).join('\n').matchAll(/icon\('([\w-]+)'/g)].map(([, name]) => name);
  assert.deepEqual(named.filter((name) => !drawn.has(name)), []);
});

test('no module parses markup, keeps anything in the browser or goes elsewhere', () => {
  for (const name of readdirSync(join(ROOT, 'kiosk')).filter((one) => one.endsWith('.js'))) {
    const text = read(`kiosk/${name}`);
    for (const never of ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'document.write', 'localStorage', 'sessionStorage', 'indexedDB', 'document.cookie', 'pushState', 'eval(', 'DOMParser', 'console.', 'https:']) {
      assert.ok(!text.includes(never), `${name}: ${never}`);
    }
    assert.match(text, /^\/\/ [A-Z].+\.$/m, `${name} says in its first line what it is for`);
  }
});

test('text has a contrast of ten to one in all four modes, lines and drawings three to one', () => {
  const luminance = (colour) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const css = read('kiosk/attract.css');
  const modes = [...css.matchAll(/(?::root|\[data-contrast=([\w-]+)\]) \{([^}]*)\}/g)].map(([, name, body]) => [name ?? 'calm', Object.fromEntries([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, key, colour]) => [key, colour]))]);
  assert.deepEqual(modes.map(([name]) => name), ['calm', 'dark', 'black-on-white', 'white-on-black']);
  const text = ['ink/paper', 'ink/card', 'ink/mist', 'ink/sand', 'soft/paper', 'soft/card', 'water/paper', 'water/card', 'water/mist', 'water-ink/water', 'act/act-mist', 'act/paper', 'bad/bad-mist', 'paper/ink'];
  const drawn = ['line/card', 'line/paper', 'line/sand', 'gold/mist', 'gold/card', 'deck/paper', 'good/good-mist'];
  for (const [name, colours] of modes) {
    const all = { ...modes[0][1], ...colours };
    for (const [pairs, least] of [[text, name.includes('-on-') ? 20 : 10], [drawn, 3]]) {
      for (const pair of pairs) {
        const [one, other] = pair.split('/');
        assert.ok(ratio(all[one], all[other]) >= least, `${name}: ${pair}: ${ratio(all[one], all[other]).toFixed(1)}`);
      }
    }
  }
});
