// What counts as a tap: released inside the target it began on, by the first finger, and not the echo of the tap before.

/** An identical second tap within this time is the same tap. */
const ECHO_MS = 300;
/** A tap as near as this to the last one is identical, even when the screen below it has changed. */
const ECHO_PX = 24;
/** Nobody's private digits stay on the screen longer than this. */
const SHOW_MS = 5000;

/** @type {WeakMap<Element, () => void>} */
const actions = new WeakMap();

/**
 * @param {Element} element
 * @param {() => void} action
 */
export function onTap(element, action) {
  actions.set(element, action);
  element.setAttribute('data-tap', '');
}

/** @type {{ target: Element, pointer: number } | null} */
let down = null;
let last = { target: /** @type {Element | null} */ (null), at: -Infinity, x: -Infinity, y: -Infinity };

/**
 * @param {EventTarget | null} from
 * @returns {Element | null}
 */
function tappable(from) {
  return from instanceof Element ? from.closest('[data-tap]') : null;
}

/**
 * @param {Element} target
 * @param {number} x
 * @param {number} y
 */
function fire(target, x, y) {
  const now = performance.now();
  const echo = now - last.at < ECHO_MS && (target === last.target || Math.hypot(x - last.x, y - last.y) < ECHO_PX);
  if (echo || target.hasAttribute('disabled') || !target.isConnected) return;
  last = { target, at: now, x, y };
  actions.get(target)?.();
}

/** Lets go of what was tapped; where and when stay known, so that the echo of "finish" begins no visit. */
export function forgetTaps() {
  down = null;
  last = { ...last, target: null };
}

/**
 * What a key of a real keyboard or keypad does to a control; keys have no echo.
 * @param {Element | null} element
 */
export function press(element) {
  if (element && !element.hasAttribute('disabled') && !element.closest('[inert], [hidden]')) actions.get(element)?.();
}

/**
 * Listens for taps in the whole document.
 * @param {() => void} touched called at the very beginning of every touch, key and click of a switch, before anything else
 */
export function listen(touched) {
  document.addEventListener('pointerdown', (event) => {
    touched();
    const target = tappable(event.target);
    down = target && event.isPrimary && event.button === 0 ? { target, pointer: event.pointerId } : null;
  });
  document.addEventListener('pointerup', (event) => {
    const begun = down;
    if (!begun || begun.pointer !== event.pointerId) return;
    down = null;
    const over = document.elementFromPoint(event.clientX, event.clientY);
    if (over && begun.target.contains(over)) fire(begun.target, event.clientX, event.clientY);
  });
  document.addEventListener('pointercancel', () => { down = null; });
  // A click without a pointer comes from a key, a switch or a screen reader.
  document.addEventListener('click', (event) => {
    event.preventDefault();
    if (event.detail !== 0 || event.clientX !== 0 || event.clientY !== 0) return;
    touched();
    const target = tappable(event.target);
    if (target) fire(target, -Infinity, -Infinity);
  });
  document.addEventListener('keydown', (event) => {
    touched();
    if (event.repeat && (event.key === 'Enter' || event.key === ' ')) event.preventDefault();
    if (event.key.startsWith('Arrow')) { event.preventDefault(); move(event.key); }
  });
  // A press moves no focus: it would take it from the question that has just come.
  document.addEventListener('mousedown', (event) => event.preventDefault());
  for (const unwanted of ['contextmenu', 'dragstart', 'selectstart', 'gesturestart']) {
    document.addEventListener(unwanted, (event) => event.preventDefault());
  }
}

/**
 * Shows something while a finger or a key holds the button, never longer than five seconds.
 * @param {HTMLElement} element
 * @param {(shown: boolean) => void} show
 */
export function onHold(element, show) {
  let timer = 0;
  const hide = () => { clearTimeout(timer); show(false); };
  const begin = () => { clearTimeout(timer); show(true); timer = setTimeout(hide, SHOW_MS); };
  element.addEventListener('pointerdown', begin);
  for (const end of ['pointerup', 'pointerleave', 'pointercancel', 'blur', 'keyup']) element.addEventListener(end, hide);
  element.addEventListener('keydown', (event) => { if ((event.key === 'Enter' || event.key === ' ') && !event.repeat) begin(); });
}

/**
 * Moves the focus to the nearest control in the direction of the arrow.
 * @param {string} arrow
 */
function move(arrow) {
  const controls = [...document.querySelectorAll('button')].filter((one) => !one.disabled && one.checkVisibility({ checkVisibilityCSS: true }) && !one.closest('[inert]'));
  const from = document.activeElement;
  if (!(from instanceof HTMLButtonElement)) { controls[0]?.focus(); return; }
  const here = from.getBoundingClientRect();
  const flat = arrow === 'ArrowLeft' || arrow === 'ArrowRight';
  const sign = arrow === 'ArrowRight' || arrow === 'ArrowDown' ? 1 : -1;
  /** @type {HTMLButtonElement | null} */
  let best = null;
  let least = Infinity;
  for (const one of controls) {
    const there = one.getBoundingClientRect();
    const x = there.x + there.width / 2 - here.x - here.width / 2;
    const y = there.y + there.height / 2 - here.y - here.height / 2;
    const [along, across] = flat ? [x * sign, Math.abs(y)] : [y * sign, Math.abs(x)];
    if (one === from || along < 4) continue;
    const far = along + across * 2.5;
    if (far < least) { least = far; best = one; }
  }
  best?.focus();
}
