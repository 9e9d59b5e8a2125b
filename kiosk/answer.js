// What can be done with an answer: put it on paper, or take it along on a phone by dialling a code once.

import { button, h, icon } from './dom.js';

/** @typedef {import('./stage.js').Stage} Stage */
/** @typedef {import('./frame.js').Page} Page */

/**
 * The deeds below an answer.
 * @param {Stage} stage
 * @returns {HTMLElement[]}
 */
export function deeds(stage) {
  const { about, memory, say } = stage;
  const take = button('phone-dial', say('take-along'), () => stage.open({ page: ways }), { class: 'deed' });
  if (!about.paper) return [take];
  const printed = memory.printed.has(memory.step);
  const print = button(printed ? 'tick' : 'printer', say(printed ? 'printed' : 'print'), () => { print.disabled = true; void toPaper(stage, print); }, { class: 'deed' });
  print.disabled = printed;
  return [print, take];
}

/**
 * @param {Stage} stage
 * @param {HTMLButtonElement} print
 */
async function toPaper(stage, print) {
  const { memory, say } = stage;
  const answer = await stage.ask('paper', { step: memory.step });
  if (!answer) return;
  if (answer.status === 200) {
    memory.printed.add(memory.step);
    print.replaceChildren(icon('tick'), h('span', {}, say('printed')));
    stage.open({ page: () => told('paper', 'paper-out', say('printed'), [], stage) });
    return;
  }
  print.disabled = false;
  if (answer.status === 503) stage.open({ page: () => told('paper', 'printer', say('print-failed'), deeds(stage).slice(1), stage) });
  else stage.word('printer', say('print-nothing'));
}

/**
 * A page that says one thing with a large picture, and a button that goes on.
 * @param {string} kind
 * @param {string} drawing
 * @param {string} text
 * @param {HTMLElement[]} further
 * @param {Stage} stage
 * @returns {Page}
 */
export function told(kind, drawing, text, further, stage) {
  return {
    kind,
    read: [h('div', { class: 'picture', 'aria-hidden': 'true' }, icon(drawing)), h('h1', { tabindex: '-1' }, text)],
    tapped: [...further, button('next', stage.say('go-on'), () => stage.open(null), { class: 'primary wide' })],
  };
}

/**
 * How to go on with a phone.
 * @param {Stage} stage
 * @returns {Page}
 */
function ways(stage) {
  const { say } = stage;
  return {
    kind: 'ways',
    read: [h('div', { class: 'picture', 'aria-hidden': 'true' }, icon('phone-dial')), h('h1', { tabindex: '-1' }, say('carry-how'))],
    tapped: [
      way('phone', say('carry-dialogue'), () => { void carry(stage, 'dialogue'); }),
      way('letter', say('carry-letter'), () => { void carry(stage, 'letter'); }),
    ],
  };
}

/** @param {string} drawing @param {string} label @param {() => void} tap */
function way(drawing, label, tap) {
  return h('div', { class: 'card' }, h('button', { class: 'pick', tap }, icon(drawing), h('span', { class: 'label' }, label)));
}

/**
 * Asks for a code and shows it; on a screen that belongs to a phone this is the first thing that happens.
 * @param {Stage} stage
 * @param {'dialogue' | 'letter'} how
 */
export async function carry(stage, how) {
  const answer = await stage.ask('carry', { how });
  if (!answer) return;
  if (answer.status === 200 && typeof answer.body?.code === 'string') stage.open(codeLayer(how, answer.body.code, Number(answer.body.until_secs) || 0));
  else stage.word('phone-dial', stage.say('carry-none'));
}

/**
 * The code, large, while it lives.
 * @param {'dialogue' | 'letter'} how
 * @param {string} code
 * @param {number} secs
 * @returns {import('./stage.js').Layer}
 */
function codeLayer(how, code, secs) {
  const until = Date.now() + secs * 1000;
  let timer = 0;
  return {
    over: () => clearInterval(timer),
    page: (stage) => {
      const { say } = stage;
      const left = h('p', { class: 'left', role: 'timer' });
      const shown = h('p', { class: 'code', dir: 'ltr', 'aria-label': [...code].join(' ') }, ...code.split(/(?<=\*)(?=\d)/).map((part) => h('span', {}, part)));
      const renew = button('again', say('carry-new'), () => { clearInterval(timer); void carry(stage, how); }, { class: 'primary wide' });
      const draw = () => {
        const rest = Math.max(0, Math.ceil((until - Date.now()) / 1000));
        left.textContent = rest > 0 ? say('carry-left', { time: `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, '0')}` }) : say('carry-over');
        renew.classList.toggle('off', rest > 0);
        shown.classList.toggle('spent', rest === 0);
        if (rest === 0) clearInterval(timer);
      };
      clearInterval(timer);
      timer = setInterval(draw, 500);
      const tapped = [renew, ...(stage.screen.kind === 'carry' ? [] : [button('tick', say('go-on'), () => stage.open(null), { class: 'plain wide' })])];
      const page = {
        kind: 'code',
        read: [h('div', { class: 'picture', 'aria-hidden': 'true' }, icon('phone-dial'), icon(how === 'letter' ? 'letter' : 'phone')),
          h('h1', { tabindex: '-1' }, say('carry-dial')), shown, left, h('p', {}, say('carry-once'))],
        tapped,
      };
      draw();
      return page;
    },
  };
}
