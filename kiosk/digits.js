// How typed digits are shown: in groups, and as dots where the next in the queue must not read them.

/**
 * `48213790` → `4821 3790`; threes where fours leave a single digit.
 * @param {string} digits
 * @param {number} most how many there can be
 */
export function grouped(digits, most = digits.length) {
  const by = most <= 4 || most % 4 !== 1 ? 4 : 3;
  return digits.replace(new RegExp(`(.{${by}})(?=.)`, 'gu'), '$1 ');
}

/** @param {string} digits */
export function hidden(digits) {
  return '•'.repeat([...digits].length);
}
