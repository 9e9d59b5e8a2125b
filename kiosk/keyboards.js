// The letters of our keyboards: rows of keys, what Shift makes of them, and which keyboard a language begins with.

/** @typedef {{ id: string, name: string, lang: string, rows: string[][] }} Keyboard */

const RUSSIAN = ['й ц у к е н г ш щ з х ъ', 'ф ы в а п р о л д ж э ё', 'я ч с м и т ь б ю'];
const LATIN = ['q w e r t y u i o p', 'a s d f g h j k l', 'z x c v b n m'];

/** @param {string[]} rows */
const keys = (rows) => rows.map((row) => row.split(' '));

/** A national row stands above the Russian rows, so that nobody has to hold a key to find his own letters. @type {Keyboard[]} */
export const KEYBOARDS = [
  { id: 'kk', name: 'Қазақша', lang: 'kk', rows: keys(['ә і ң ғ ү ұ қ ө һ', ...RUSSIAN]) },
  { id: 'ru', name: 'Русский', lang: 'ru', rows: keys(RUSSIAN) },
  { id: 'uz', name: "O'zbekcha", lang: 'uz', rows: keys(['oʻ gʻ sh ch ng ʼ', ...LATIN]) },
  { id: 'uz-Cyrl', name: 'Ўзбекча', lang: 'uz', rows: keys(['ў қ ғ ҳ', ...RUSSIAN]) },
  { id: 'ky', name: 'Кыргызча', lang: 'ky', rows: keys(['ң ө ү', ...RUSSIAN]) },
  { id: 'tg', name: 'Тоҷикӣ', lang: 'tg', rows: keys(['ғ ӣ қ ӯ ҳ ҷ', ...RUSSIAN]) },
  { id: 'en', name: 'Latin', lang: 'en', rows: keys(LATIN) },
];

/** Digits and marks, one tap away from every keyboard. */
export const MARKS = keys(['1 2 3 4 5 6 7 8 9 0', '. , ? ! : ; ( ) " №', "- + / * # @ ' ₸ ₽"]);

/**
 * @param {string} tag the language of the screen
 * @returns {Keyboard}
 */
export function keyboardOf(tag) {
  const found = KEYBOARDS.find(({ id }) => id === tag) ?? KEYBOARDS[1] ?? KEYBOARDS[0];
  if (!found) throw new Error('there is no keyboard');
  return found;
}

/**
 * What Shift makes of a key; `oʻ` becomes `Oʻ`, `sh` becomes `Sh`.
 * @param {string} key
 */
export function shifted(key) {
  const [first = '', ...rest] = key;
  return first.toLocaleUpperCase('ru') + rest.join('');
}
