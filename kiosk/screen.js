// Which page a screen of the engine becomes: cards, a keypad, a keyboard, a month, an answer.

import { answerText } from './text.js';
import { calendar } from './calendar.js';
import { cards } from './cards.js';
import { button, h } from './dom.js';
import { carry, deeds } from './answer.js';
import { keyboard } from './keyboard.js';
import { keypad } from './keypad.js';
import { pictureOf } from './picture.js';

/** @typedef {import('./stage.js').Stage} Stage */
/** @typedef {import('./frame.js').Page} Page */

/**
 * @param {Stage} stage
 * @returns {Page}
 */
export function pageOf(stage) {
  const { screen } = stage;
  const wrong = screen.error ? [h('p', { class: 'wrong', role: 'alert' }, screen.error)] : [];
  const picture = pictureOf(screen, stage.say);
  const { heading, further } = answerText(screen, title(stage));
  if (screen.kind === 'ask') {
    picture?.setAttribute('data-spare', '');
    return asking(stage, [...wrong, ...(picture ? [picture] : []), heading, ...further]);
  }
  const answer = screen.kind === 'say' || screen.kind === 'end';
  const read = answer || screen.kind === 'carry' || screen.kind === 'wait'
    ? [...wrong, ...(picture ? [picture] : []), heading, ...further]
    : [...wrong, heading, ...further];
  const dial = screen.kind === 'carry' ? [button('phone-dial', stage.say('carry-dialogue'), () => { void carry(stage, 'dialogue'); }, { class: 'deed' })] : [];
  // Nothing that tells of danger is taken along: it might be found on the person.
  const taken = answer && !screen.place.startsWith('danger/');
  const tapped = [...cards(stage), ...dial, ...(taken ? deeds(stage) : [])];
  return { kind: screen.kind, read, tapped };
}

/**
 * @param {Stage} stage
 * @param {HTMLElement[]} read
 * @returns {Page}
 */
function asking(stage, read) {
  const entry = stage.screen.entry ?? { kind: 'text', most: 160 };
  const made = entry.kind === 'date' ? calendar(stage, entry)
    : entry.kind === 'text' ? keyboard(stage, entry.most)
      : entry.kind === 'number' ? keypad(stage, { least: 1, most: String(entry.most).length })
        : keypad(stage, { least: entry.least, most: entry.most });
  const kind = entry.kind === 'text' ? 'write' : entry.kind === 'date' ? 'date' : 'digits';
  return { kind, read, pinned: made.field, tapped: [made.keys], whole: true };
}

/**
 * The words of a screen that has none of its own.
 * @param {Stage} stage
 */
function title({ screen, say }) {
  return screen.kind === 'languages' ? say('choose-language') : screen.kind === 'root' ? say('root') : say('choose');
}
