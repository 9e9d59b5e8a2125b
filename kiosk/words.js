// The page's own words in the language of the screen, with their places filled.

/** @typedef {(key: string, places?: Record<string, string | number>) => string} Say */

/**
 * @param {Record<string, Record<string, string>>} texts all languages, from /about
 * @param {string} tag
 * @returns {Say} a missing text is its key, so that it is seen in a test
 */
export function wordsIn(texts, tag) {
  const own = texts[tag] ?? texts['ru'] ?? {};
  return (key, places = {}) => (own[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(places[name] ?? whole));
}

/**
 * @param {string} iso `2027-01-01`
 * @param {Say} say
 * @returns {string} `1 January 2027` in the order of all six languages
 */
export function dateInWords(iso, say) {
  const [year, month, day] = iso.split('-').map(Number);
  return `${day} ${say('months').split(' ')[(month ?? 1) - 1] ?? ''} ${year}`;
}
