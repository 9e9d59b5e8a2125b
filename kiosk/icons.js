// Which drawing stands for an option, a state or a picture of a menu; every name is a symbol of index.html.

/** By option id; what is not here gets the small arch. @type {Record<string, string>} */
export const OPTIONS = {
  papers: 'folder', work: 'tools', pay: 'coin', money: 'coin', family: 'people', other: 'dots', staff: 'people', service: 'counter',
  any: 'clock', morning: 'sunrise', afternoon: 'sun', evening: 'moon', hour: 'clock', now: 'phone',
  mine: 'phone', sms: 'letter', borrowed: 'phone-lent', some: 'tick', none: 'cross', yes: 'tick', no: 'cross',
  uz: 'passport', tj: 'passport', kg: 'passport', ru: 'passport', where: 'place', person: 'person', help: 'person',
  again: 'again', danger: 'shield', call: 'phone', stop: 'hand', start: 'letter', delete: 'bin', kinds: 'list', earlier: 'receipt',
  builder: 'tools', bricklayer: 'tools', cook: 'tools', driver: 'tools', 'shop-assistant': 'tools', loader: 'tools', more: 'dots',
  welder: 'tools', electrician: 'tools', plumber: 'tools', 'field-worker': 'tools', cleaner: 'tools', packer: 'tools', waiter: 'tools',
  almaty: 'place', astana: 'place', shymkent: 'place', anywhere: 'dots', kz: 'passport', eaeu: 'passport', passport: 'passport',
  list: 'list', narrow: 'list', housing: 'register', beginner: 'person', unstated: 'dots', details: 'list', like: 'again', search: 'again',
  alert: 'letter', hide: 'bin', change: 'list', how: 'list', end: 'hand', resume: 'next', pause: 'hand', often: 'letter', letters: 'text-size', soon: 'clock',
  one: 'letter', two: 'letter', three: 'letter', noon: 'sun', needed: 'tick', latin: 'keyboard', own: 'keyboard',
};

/** By the key of a state, in reference/states.yaml. @type {Record<string, string>} */
export const STATES = {
  draft: 'paper-act', submitted: 'paper-sent', registered: 'paper-sent', 'completeness-check': 'paper-wait', 'returned-incomplete': 'paper-act',
  'test-due': 'paper-act', 'test-passed': 'paper-good', 'test-failed-retake': 'paper-act', 'questionnaire-due': 'paper-act',
  'scored-ok': 'paper-good', 'scored-below': 'paper-bad', 'interagency-check': 'paper-wait', 'interview-scheduled': 'calendar',
  commission: 'people', approved: 'paper-good', refused: 'paper-bad', 'certificate-ready': 'paper-good', expiring: 'hourglass', expired: 'paper-bad',
  'quota-applied': 'paper-sent', 'in-commission': 'people', included: 'paper-good', 'not-included': 'paper-bad', 'payment-pending': 'hourglass',
  paid: 'coin', issued: 'paper-good', 'extension-open': 'paper-act', revoked: 'paper-bad', 'employer-applied': 'paper-sent', suspended: 'hand',
  'to-commission': 'people', extended: 'paper-good', 'invitation-sent': 'letter', 'visa-issued': 'passport', booked: 'calendar', confirmed: 'calendar',
  reminded: 'clock', arrived: 'place', served: 'paper-good', 'no-show': 'paper-bad', cancelled: 'paper-bad',
};

/** How far on its way a paper is, from 1 to 5. @param {string} drawing */
export function stage(drawing) {
  const stages = { 'paper-sent': 1, letter: 1, 'paper-wait': 2, 'paper-act': 2, hourglass: 2, clock: 3, calendar: 3, people: 4, hand: 4, place: 4 };
  return /** @type {Record<string, number>} */ (stages)[drawing] ?? 5;
}

/** By the key of the next step, in reference/next-steps.yaml. @type {Record<string, string>} */
export const NEXT_STEPS = {
  wait: 'hourglass', 'finish-and-send': 'paper-sent', 'bring-papers': 'folder', 'take-test': 'paper-act', 'retake-test': 'paper-act', 'fill-form': 'paper-act',
  'come-to-interview': 'people', collect: 'passport', pay: 'coin', extend: 'calendar', 'apply-again': 'again', 'ask-why': 'person',
  'residence-permit': 'place', 'residence-card': 'place', 'regional-quota': 'paper-sent', 'career-centre': 'place', 'sign-contract': 'paper-act',
  'ask-employer': 'tools', 'come-to-visit': 'place', 'book-again': 'calendar', 'ask-person': 'person',
};

/** @param {import('./api.js').Choice} choice */
export function drawingOf(choice) {
  return choice.icon && document.getElementById(choice.icon) ? choice.icon : OPTIONS[choice.id] ?? 'dot';
}

/** By the name of the step that ends or says something: shipped menus use these names for the same thing. @type {Record<string, string>} */
export const STEPS = {
  'no-answer': 'no-line', sorry: 'no-line', unavailable: 'no-line', blocked: 'hand', 'not-found': 'again', unknown: 'again', 'come-back': 'clock', 'will-write': 'letter',
  past: 'person', person: 'person', desk: 'person', taken: 'phone', already: 'phone', closed: 'clock', unread: 'shield', alone: 'shield', numbers: 'shield',
  stored: 'key', kinds: 'list', nothing: 'tick', 'stopped-one': 'hand', stopped: 'hand', started: 'letter', 'not-yours': 'phone-lent', deleted: 'bin',
  waiting: 'hourglass', answered: 'tick', 'not-sent': 'cross', over: 'leave', hidden: 'bin', ended: 'hand', changed: 'tick', paused: 'hand', failed: 'no-line',
};
