// Watches whether somebody is still there: silence, then a warning that can be answered, then the end.

/** The gateway is told of touches no more often than this. */
const STAY_MS = 5000;

/**
 * @typedef {object} Watch
 * @property {() => void} touched a finger or key
 * @property {() => void} answered the warning was answered
 * @property {() => void} acted something was done: the warnings begin to count anew
 * @property {() => void} stop
 */

/**
 * @param {object} with_
 * @param {() => number} with_.idleSecs of the screen that stands now
 * @param {number} with_.warningSecs
 * @param {number} with_.extensions how often in a row the warning can be answered
 * @param {() => void} with_.stay tells the gateway
 * @param {(secs: number, extendable: boolean) => void} with_.warn once a second while the warning stands
 * @param {() => void} with_.calm the warning is over
 * @param {() => void} with_.gone nobody is there
 * @returns {Watch}
 */
export function watch(with_) {
  let touchedAt = Date.now();
  let warnedAt = 0;
  let extended = 0;
  let toldAt = Date.now();
  let owed = false;
  const timer = setInterval(tick, 250);

  function tick() {
    const now = Date.now();
    if (owed && now - toldAt >= STAY_MS) tell();
    if (warnedAt === 0 && now - touchedAt >= with_.idleSecs() * 1000) warnedAt = now;
    if (warnedAt === 0) return;
    const left = with_.warningSecs * 1000 - (now - warnedAt);
    if (left <= 0) { stop(); with_.gone(); } else with_.warn(Math.ceil(left / 1000), extended < with_.extensions);
  }
  function tell() {
    owed = false;
    toldAt = Date.now();
    with_.stay();
  }
  function stop() { clearInterval(timer); }
  return {
    touched() {
      if (warnedAt !== 0) return;
      touchedAt = Date.now();
      owed = true;
      if (touchedAt - toldAt >= STAY_MS) tell();
    },
    answered() {
      if (warnedAt === 0 || extended >= with_.extensions) return;
      extended += 1;
      warnedAt = 0;
      touchedAt = Date.now();
      tell();
      with_.calm();
    },
    acted() { extended = 0; },
    stop,
  };
}
