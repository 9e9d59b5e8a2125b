// Size of text, contrast, and the size of a millimetre on this screen: four steps each, back to the first for every person.

const SIZES = ['m', 'l', 'xl', 's'];
const CONTRASTS = ['calm', 'dark', 'black-on-white', 'white-on-black'];
const root = document.documentElement;

/** @param {number} pixels per millimetre, from the device's profile */
export function useDevice(pixels) {
  if (pixels > 1 && pixels < 40) root.style.setProperty('--mm', `${pixels}px`);
}

/** @param {string[]} all @param {string | undefined} now */
function after(all, now) {
  return all[(all.indexOf(now ?? '') + 1) % all.length] ?? '';
}

/** The next size of text. @returns {number} which of the four it is, from 1 */
export function nextSize() {
  root.dataset['size'] = after(SIZES, root.dataset['size']);
  return sizeNow();
}

/** The next contrast. @returns {number} which of the four it is, from 1 */
export function nextContrast() {
  root.dataset['contrast'] = after(CONTRASTS, root.dataset['contrast']);
  return contrastNow();
}

/** @returns {number} 1 small … 4 very large */
export function sizeNow() {
  return ['s', 'm', 'l', 'xl'].indexOf(root.dataset['size'] ?? 'm') + 1;
}

/** @returns {number} */
export function contrastNow() {
  return CONTRASTS.indexOf(root.dataset['contrast'] ?? 'calm') + 1;
}

/** As the next person finds it. */
export function resetDisplay() {
  root.dataset['size'] = 'm';
  root.dataset['contrast'] = 'calm';
}
