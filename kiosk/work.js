// The signs of work in hand: a walker at once, words when an office is slow, other words when the line is lost.

/** A sign of work comes before anybody wonders. */
const SIGN_MS = 80;
/** Words come before anybody taps again. */
const WORDS_MS = 2400;
/** A line that comes back within this was never lost to a person. */
const LOST_MS = 900;

/**
 * @typedef {object} Work
 * @property {() => void} slow the office has not answered yet
 * @property {() => void} lost nobody answered, or the gateway cannot now
 * @property {() => void} end
 */

/**
 * @param {(sign: 'none' | 'wait' | 'slow' | 'trouble') => void} show
 * @returns {Work}
 */
export function begin(show) {
  let state = 'none';
  let lostTimer = 0;
  /** @param {'wait' | 'slow' | 'trouble'} sign */
  const sign = (sign) => { if (state !== sign) { state = sign; show(sign); } };
  const timers = [
    setTimeout(() => { if (state === 'none') sign('wait'); }, SIGN_MS),
    setTimeout(() => { if (state === 'wait') sign('trouble'); }, WORDS_MS),
  ];
  return {
    slow() { clearTimeout(lostTimer); lostTimer = 0; sign('slow'); },
    lost() { if (lostTimer === 0) lostTimer = setTimeout(() => sign('trouble'), LOST_MS); },
    end() {
      clearTimeout(lostTimer);
      for (const timer of timers) clearTimeout(timer);
      show('none');
    },
  };
}
