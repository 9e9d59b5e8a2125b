// Says texts by recorded clips, one after the other; any action stops it; what has no clip is shown as such.

import { clipKey } from './sha256.js';

/** @typedef {{ text: string, tag: string, part?: Element | null }} Spoken part: what is outlined while it is said */

/** @type {Record<string, string>} */
let clips = {};
let playing = 0;
const player = new Audio();

/** @param {Record<string, string>} known key → file */
export function useClips(known) {
  clips = known;
}

/** @param {Spoken} one */
function fileOf({ text, tag }) {
  return clips[clipKey(tag, text)];
}

/**
 * Whether any of these can be heard.
 * @param {Spoken[]} all
 */
export function heard(all) {
  return all.some((one) => fileOf(one) !== undefined);
}

/** Stops at once, and forgets what was being said. */
export function hush() {
  playing += 1;
  player.pause();
  if (player.hasAttribute('src')) { player.removeAttribute('src'); player.load(); }
  for (const part of document.querySelectorAll('.said')) part.classList.remove('said');
}

/**
 * @param {Spoken[]} all
 * @returns {Promise<boolean>} whether anything was heard
 */
export async function speak(all) {
  hush();
  const mine = playing;
  let any = false;
  for (const one of all) {
    const file = fileOf(one);
    if (!file) continue;
    one.part?.classList.add('said');
    const done = await play(`/kiosk/clips/${file}`);
    if (mine !== playing) return true;
    one.part?.classList.remove('said');
    any ||= done;
  }
  return any;
}

/**
 * @param {string} url
 * @returns {Promise<boolean>} false: there is no such clip
 */
function play(url) {
  return new Promise((done) => {
    player.onended = () => done(true);
    player.onerror = () => done(false);
    player.src = url;
    player.play().catch(() => done(false));
  });
}
