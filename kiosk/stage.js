// What a view may know and do: the screen, the words, and the few deeds of a visit.

/**
 * @typedef {object} Stage
 * @property {import('./api.js').About} about
 * @property {import('./api.js').Screen} screen
 * @property {import('./words.js').Say} say
 * @property {(input: string) => void} send answers the question
 * @property {(path: string, body: object) => Promise<import('./api.js').Answer | null>} ask a deed beside the dialogue, with signs of work; null: the visit is over
 * @property {(spoken: import('./sound.js').Spoken[]) => void} speak
 * @property {(layer: Layer | null) => void} open puts a page above the screen's own; null goes back to it
 * @property {(drawing: string, text: string) => void} word a passing word
 * @property {Memory} memory
 */

/**
 * A page above the screen's own. `over` is called when it is left.
 * @typedef {{ page: (stage: Stage) => import('./frame.js').Page, over?: () => void }} Layer
 */

/**
 * What a visit has typed and done; it dies with the visit.
 * @typedef {object} Memory
 * @property {string} typed
 * @property {boolean} byDigits the date is typed instead of shown
 * @property {string | null} board the keyboard that was chosen
 * @property {{ year: number, month: number } | null} month
 * @property {Set<number>} printed the steps that are on paper
 * @property {number} step of the screen
 * @property {{ state: string, no?: string, opens_on?: string, opens_at?: string } | null} ring
 */

/** @returns {Memory} */
export function blank() {
  return { typed: '', byDigits: false, board: null, month: null, printed: new Set(), step: 0, ring: null };
}
