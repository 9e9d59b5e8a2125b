// SHA-256 of a text, at once: the browser's own is not there on a plain address and answers only later.

/** @param {number} n @param {number} by */
const rotated = (n, by) => (n >>> by) | (n << (32 - by));

/**
 * The first 32 bits of the fractional parts of the square (1/2) or cube (1/3) roots of the first primes.
 * @param {number} count
 * @param {number} power
 */
function roots(count, power) {
  const found = [];
  for (let n = 2; found.length < count; n += 1) {
    let prime = true;
    for (let by = 2; by * by <= n; by += 1) if (n % by === 0) { prime = false; break; }
    if (prime) found.push(((n ** power) % 1) * 2 ** 32 | 0);
  }
  return found;
}
const START = roots(8, 1 / 2);
const ROUND = roots(64, 1 / 3);

/** @param {Uint8Array} octets padded @returns {number[]} */
function digest(octets) {
  const view = new DataView(octets.buffer);
  const state = [...START];
  const w = new Int32Array(64);
  for (let at = 0; at < octets.length; at += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getInt32(at + i * 4);
    for (let i = 16; i < 64; i += 1) {
      const a = w[i - 15] ?? 0;
      const b = w[i - 2] ?? 0;
      w[i] = (w[i - 16] ?? 0) + (w[i - 7] ?? 0) + (rotated(a, 7) ^ rotated(a, 18) ^ (a >>> 3)) + (rotated(b, 17) ^ rotated(b, 19) ^ (b >>> 10)) | 0;
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, z = 0] = state;
    for (let i = 0; i < 64; i += 1) {
      const one = z + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & f) ^ (~e & g)) + (ROUND[i] ?? 0) + (w[i] ?? 0) | 0;
      const two = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c)) | 0;
      [a, b, c, d, e, f, g, z] = [one + two | 0, a, b, c, d + one | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, z].forEach((word, i) => { state[i] = (state[i] ?? 0) + word | 0; });
  }
  return state;
}

/**
 * @param {string} text
 * @returns {string} 64 hex digits
 */
export function sha256(text) {
  const octets = new TextEncoder().encode(text);
  const padded = new Uint8Array((octets.length + 9 + 63) & ~63);
  padded.set(octets);
  padded[octets.length] = 0x80;
  new DataView(padded.buffer).setUint32(padded.length - 4, octets.length * 8);
  return digest(padded).map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/**
 * The name of the clip that says a text.
 * @param {string} tag
 * @param {string} text
 * @returns {string} 16 hex digits
 */
export function clipKey(tag, text) {
  return sha256(`${tag}\0${text}`).slice(0, 16);
}
