// What a date is on its way from a finger to the gateway: a month of days, and DDMM or DDMMYYYY.

/** @typedef {{ year: number, month: number }} Month month from 1 */

/** @param {number} n @param {number} width */
const padded = (n, width) => String(n).padStart(width, '0');

/** @param {Month} at @returns {number} */
export function daysIn({ year, month }) {
  return new Date(year, month, 0).getDate();
}

/**
 * The grid of a month, weeks from Monday; null where no day of this month stands.
 * @param {Month} at
 * @returns {(number | null)[]}
 */
export function grid(at) {
  const before = (new Date(at.year, at.month - 1, 1).getDay() + 6) % 7;
  const days = [...Array(before).fill(null), ...Array.from({ length: daysIn(at) }, (_, i) => i + 1)];
  return [...days, ...Array((7 - days.length % 7) % 7).fill(null)];
}

/**
 * @param {Month} at
 * @param {number} by months
 * @returns {Month}
 */
export function monthAfter(at, by) {
  const months = at.year * 12 + at.month - 1 + by;
  return { year: Math.floor(months / 12), month: months % 12 + 1 };
}

/**
 * Whether a day can be meant: no future day in a past date, no past day in a future one.
 * @param {string} range `past`, `future` or anything else
 * @param {Month} at
 * @param {number} day
 * @param {Date} today
 */
export function allowed(range, at, day, today) {
  const that = new Date(at.year, at.month - 1, day).getTime();
  const now = new Date(today.getFullYear(), today.getMonth(), today.getDate()).getTime();
  return range === 'past' ? that <= now : range === 'future' ? that >= now : true;
}

/**
 * What a phone would type for this day; the year is said wherever the question takes it.
 * @param {string[]} form
 * @param {Month} at
 * @param {number} day
 */
export function typed(form, at, day) {
  const short = padded(day, 2) + padded(at.month, 2);
  return form.includes('ddmmyyyy') ? short + padded(at.year, 4) : short;
}

/**
 * Whether typed digits are as long as one of the forms.
 * @param {string[]} form
 * @param {string} digits
 */
export function complete(form, digits) {
  return form.some((one) => one.length === digits.length);
}

/**
 * Typed digits as day, month and year: `03.10.2027`.
 * @param {string} digits
 */
export function dotted(digits) {
  return [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 8)].filter((part) => part !== '').join('.');
}
