// The contract with the gateway: the shapes of its JSON, one request, and the turn that is tried until it is answered once.

/** @typedef {{ digit: string, id: string, label: string, icon?: string | null, say?: string | null }} Choice */
/** @typedef {{ back: boolean, home: boolean, language: boolean }} Keys */
/** @typedef {{ kind: 'digits', least: number, most: number }} Digits */
/** @typedef {{ kind: 'number', least: number, most: number }} Numeral */
/** @typedef {{ kind: 'text', most: number }} Words */
/** @typedef {{ kind: 'date', form: string[], range: string }} Dated */
/** @typedef {Digits | Numeral | Words | Dated} Entry */
/** @typedef {{ name: string, kind: string, value: string }} Shown */
/**
 * @typedef {object} Screen
 * @property {string} body
 * @property {string | null} [error]
 * @property {string | null} [more]
 * @property {string} lang
 * @property {string} place
 * @property {'languages'|'root'|'choose'|'list'|'ask'|'say'|'confirm'|'wait'|'word'|'guess'|'resume'|'carry'|'end'} kind
 * @property {Choice[]} choices
 * @property {Keys} keys
 * @property {boolean} ends
 * @property {boolean} private
 * @property {boolean} [masked]
 * @property {Entry | null} [entry]
 * @property {string | null} [picture]
 * @property {[number, number] | null} [progress]
 * @property {string[]} [say]
 * @property {Shown[]} [shown]
 */
/**
 * @typedef {object} About
 * @property {number} version
 * @property {string} centre
 * @property {string} device
 * @property {string} code
 * @property {boolean} sample
 * @property {number} idle_secs
 * @property {number} private_idle_secs
 * @property {number} warning_secs
 * @property {number} extensions_max
 * @property {number} px_per_mm
 * @property {boolean} paper
 * @property {boolean} rings
 * @property {{ tag: string, name: string }[]} languages
 * @property {Record<string, Record<string, string>>} texts
 * @property {Record<string, string>} clips
 */
/** @typedef {{ status: number, body: any }} Answer status 0: nobody answered */

/** One request is given up after this time and tried again. */
const REQUEST_MS = 5000;
const BACKOFF_MS = [250, 500, 1000, 1500, 2000];

/**
 * One request; it never throws.
 * @param {'GET' | 'POST'} method
 * @param {string} path below /kiosk/v1/
 * @param {{ token?: string, body?: object, signal?: AbortSignal, keepalive?: boolean }} [with_]
 * @returns {Promise<Answer>}
 */
export async function ask(method, path, with_ = {}) {
  const signals = [AbortSignal.timeout(REQUEST_MS)];
  if (with_.signal) signals.push(with_.signal);
  /** @type {Record<string, string>} */
  const headers = {};
  if (with_.token) headers['authorization'] = `Visit ${with_.token}`;
  if (method === 'POST') headers['content-type'] = 'application/json';
  try {
    const response = await fetch(`/kiosk/v1/${path}`, {
      method, headers, signal: AbortSignal.any(signals), cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer',
      ...(method === 'POST' ? { body: JSON.stringify(with_.body ?? {}) } : {}), ...(with_.keepalive ? { keepalive: true } : {}),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  } catch {
    return { status: 0, body: null };
  }
}

/**
 * Whether to try the same again: nobody answered, or the gateway said that it cannot now.
 * @param {Answer} answer
 */
function passing({ status }) {
  return status === 0 || status === 429 || status >= 500;
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', () => { clearTimeout(timer); done(); }, { once: true });
  });
}

/**
 * The same request until it is answered; a slow office is asked on at once, a lost line with growing pauses.
 * @param {string} path
 * @param {{ token?: string, body?: object, signal: AbortSignal, slow?: () => void, lost?: () => void, final?: number[] }} with_ final: statuses that are an answer although they look passing
 * @returns {Promise<Answer | null>} null: the visit ended meanwhile
 */
export async function askUntilAnswered(path, with_) {
  let tries = 0;
  while (!with_.signal.aborted) {
    const answer = await ask('POST', path, with_);
    if (with_.signal.aborted) return null;
    if (answer.status === 202) {
      tries = 0;
      with_.slow?.();
      await pause(100, with_.signal);
    } else if (passing(answer) && !(with_.final?.includes(answer.status) && answer.body?.error === 'printer')) {
      with_.lost?.();
      await pause(BACKOFF_MS[Math.min(tries, BACKOFF_MS.length - 1)] ?? 0, with_.signal);
      tries += 1;
    } else {
      return answer;
    }
  }
  return null;
}
