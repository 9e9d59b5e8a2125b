// The keypad phone: what is pressed goes to the simulated network, what arrives is shown and weighed. No business rule here.

const $ = (id) => document.getElementById(id);
const KEYS = [['1', ''], ['2', 'abc абв'], ['3', 'def гдежз'], ['4', 'ghi ийкл'], ['5', 'jkl мноп'], ['6', 'mno рсту'],
  ['7', 'pqrs фхцч'], ['8', 'tuv шщъы'], ['9', 'wxyz ьэюя'], ['*', '+'], ['0', ''], ['#', '']];
const PDUS_SHOWN = 60;
const TYPED_MAX = 160;
// Room of one screen and of letters: the design budget, and 3GPP TS 23.040 §9.2.3.24.1.
const ROOM = { 'GSM-7': { screen: 160, one: 160, many: 153 }, 'UCS-2': { screen: 70, one: 70, many: 67 } };

let setup;
let current;
const phones = new Map();

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function press(path, text = '') {
  const phone = current;
  try {
    const response = await fetch(`/phone/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ msisdn: phone.msisdn, text }),
    });
    return response.status;
  } catch {
    return 0;
  }
}

// ---- the phone ----

// idle -> dialling -> asked <-> sent -> read -> idle
function fresh(person) {
  return { ...person, state: 'idle', entry: '', text: '', asks: false, news: 0, turns: [], last: null };
}

function draw() {
  const phone = current;
  $('lcd-who').textContent = phone.name;
  $('lcd-state').textContent = { idle: '▂▄▆', dialling: '… …', asked: 'USSD', sent: '… …', read: 'USSD' }[phone.state];
  const text = $('lcd-text');
  const waits = phone.state === 'dialling' || phone.state === 'sent';
  const idle = phone.state === 'idle' && !phone.text;
  text.classList.toggle('idle', idle || waits);
  if (idle) text.textContent = phone.entry ? '' : `Press Call\nto dial ${setup.code}`;
  else if (waits) text.textContent = phone.state === 'dialling' ? `calling\n${phone.dialled}` : 'sending …';
  else text.textContent = phone.text;
  $('lcd-entry').textContent = phone.entry;
  const entry = $('lcd-entry').parentElement;
  entry.classList.toggle('open', phone.state === 'asked' || (phone.state === 'idle' && phone.entry !== ''));
  entry.classList.toggle('big', phone.state === 'idle');
  $('soft-left').textContent = phone.state === 'asked' ? 'Answer' : '';
  $('soft-right').textContent = phone.entry ? 'Clear' : phone.state === 'idle' ? '' : 'End';
  $('call-word').textContent = phone.state === 'asked' ? 'Answer' : 'Call';
}

function type(character) {
  const phone = current;
  if (phone.state === 'dialling' || phone.state === 'sent') return;
  if (phone.state === 'read') rest(phone);
  if (phone.state === 'idle') phone.text = '';
  if (phone.entry.length < TYPED_MAX) phone.entry += character;
  draw();
}

function rest(phone) {
  Object.assign(phone, { state: 'idle', entry: '', text: '', asks: false });
}

function clear() {
  const phone = current;
  if (phone.entry) phone.entry = [...phone.entry].slice(0, -1).join('');
  else if (phone.state === 'read' || phone.state === 'idle') rest(phone);
  draw();
}

async function call() {
  const phone = current;
  if (phone.state === 'asked') {
    const answer = phone.entry;
    if (!answer) return;
    Object.assign(phone, { state: 'sent', entry: '' });
    phone.turns.push({ send: answer });
    draw();
    await checked(phone, await press('answer', answer));
  } else if (phone.state === 'idle' || phone.state === 'read') {
    const code = phone.state === 'idle' && phone.entry ? phone.entry : setup.code;
    Object.assign(phone, { state: 'dialling', dialled: code, entry: '', text: '' });
    phone.turns.push({ dial: code });
    draw();
    await checked(phone, await press('dial', code));
  }
  drawPlayed();
}

// A press that the network did not take is said on the screen, as a network does.
async function checked(phone, status) {
  if (status === 202) return;
  const words = status === 503 ? 'Network busy:\nno gateway is bound' : 'Connection problem\nor invalid code';
  Object.assign(phone, { state: 'read', text: words, asks: false });
  if (phone === current) draw();
}

async function hangUp() {
  const phone = current;
  if (phone.state === 'idle') {
    rest(phone);
  } else {
    const open = phone.state !== 'read';
    rest(phone);
    if (open) {
      phone.turns.push({ hangUp: true });
      await press('hang-up');
      drawPlayed();
    }
  }
  draw();
}

// ---- what arrives ----

function arrived(event) {
  const phone = phones.get(event.msisdn);
  if (!phone) return;
  if (event.kind === 'receipt') {
    const part = phone.inbox.flatMap((sms) => sms.parts).find(({ id }) => id === event.id);
    if (part) part.receipt = 'taken';
    if (phone === current) drawInbox();
    return;
  }
  if (event.kind === 'screen') {
    Object.assign(phone, { state: event.asks ? 'asked' : 'read', text: event.text, asks: event.asks, entry: '' });
    const turn = phone.turns.findLast((one) => !one.letter && !one.hangUp);
    if (turn && turn.screen === undefined) Object.assign(turn, { screen: event.text, ends: event.ends });
    phone.last = { kind: 'screen', text: event.text, parts: [{ encoding: event.encoding, units: event.units }], dataCoding: event.data_coding };
  } else if (event.kind === 'sms') {
    phone.inbox.push(event);
    const last = phone.turns.at(-1);
    if (last?.letter && last.got === undefined) last.got = event.text;
    else if (last) phone.turns.push({ wait: true, got: event.text });
    phone.last = { kind: 'sms', text: event.text, parts: event.parts, from: event.from };
  } else if (event.kind === 'ended' && event.why !== 'said' && phone.state !== 'idle') {
    const why = event.why === 'timed_out' ? 'The network ended\nthe dialogue: too long silent' : 'Connection problem\nor invalid code';
    if (event.why !== 'hung_up') Object.assign(phone, { state: 'read', text: why, asks: false, entry: '' });
  }
  if (phone !== current) {
    if (event.kind !== 'ended') phone.news += 1;
    drawPeople();
    return;
  }
  if (event.kind === 'screen') $('said').textContent = `Screen: ${event.text}`;
  if (event.kind === 'sms') $('said').textContent = `Letter from ${event.from}: ${event.text}`;
  drawAll();
  if (event.kind === 'screen') $('lcd-text').scrollTop = 0;
}

// What the letters suggest; the network does not say which language a text is in.
function looksLike(text) {
  const low = text.toLowerCase();
  if (['ozbek', 'english', '7 sos'].every((name) => low.replace(/'/g, '').includes(name))) return 'all six (the choice of language)';
  if (/[әғқұһі]/.test(low)) return 'Kazakh';
  if (/[ҷӣӯҳ]/.test(low)) return 'Tajik';
  if (/[ңөү]/.test(low)) return 'Kyrgyz';
  if (/[а-яё]/.test(low)) return 'Russian';
  if (/\b(your|the|application|number|days|help|my)\b/.test(low)) return 'English';
  if (/o'|g'|\b(va|uchun|bilan|ariza|raqam|raqami|faqat|pasportning|yordam|kun|muddat)\b/.test(low)) return 'Uzbek';
  return 'not told by the letters';
}

function scriptOf(text) {
  const cyrillic = /\p{Script=Cyrillic}/u.test(text);
  const latin = /\p{Script=Latin}/u.test(text);
  if (cyrillic && latin) return 'Cyrillic and Latin';
  return cyrillic ? 'Cyrillic' : latin ? 'Latin' : 'digits only';
}

function drawCost() {
  const last = current.last;
  $('cost').hidden = !last;
  $('cost-empty').hidden = Boolean(last);
  if (!last) return;
  const { encoding } = last.parts[0];
  const units = last.parts.reduce((sum, part) => sum + part.units, 0);
  const room = ROOM[encoding];
  const single = last.kind === 'screen' ? room.screen : room.one;
  const full = last.parts.length > 1 ? room.many * last.parts.length : single;
  $('cost-units').textContent = `${units} of ${full}`;
  $('cost-encoding').textContent = encoding === 'GSM-7' ? 'septets, GSM-7' : 'units, UCS-2';
  const meter = $('cost-meter');
  meter.max = full;
  meter.value = units;
  meter.high = full * 0.9;
  meter.optimum = 0;
  meter.setAttribute('aria-label', `${units} of ${full} used`);
  const facts = [
    ['came as', last.kind === 'screen' ? 'one USSD screen' : `SMS from ${last.from}, ${last.parts.length} segment${last.parts.length > 1 ? 's' : ''}`],
    ['each', last.kind === 'screen' ? undefined : last.parts.map((part) => part.units).join(' + ')],
    ['data coding', last.dataCoding === undefined ? undefined : `0x${last.dataCoding.toString(16).padStart(2, '0')}`],
    ['lines', String(last.text.split('\n').length)],
    ['script', scriptOf(last.text)],
    ['looks like', looksLike(last.text)],
  ];
  $('cost-facts').replaceChildren(...facts.filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => [element('dt', name), element('dd', value)]));
}

// Whether the service learned that the letter arrived; answers are waited for anyway, so it asks for no receipt of them.
function receiptOf(sms) {
  const asked = sms.parts.filter((part) => part.receipt !== 'not_asked');
  if (asked.length === 0) return ['no receipt asked', ''];
  if (asked.some((part) => part.receipt === 'asked')) return ['receipt on its way', ''];
  return [asked.length > 1 ? `✓ ${asked.length} receipts came back` : '✓ receipt came back', 'receipt'];
}

function drawInbox() {
  $('inbox').replaceChildren(...[...current.inbox].reverse().map((sms) => {
    const item = element('li', sms.text);
    const units = sms.parts.reduce((sum, part) => sum + part.units, 0);
    const small = element('small', `from ${sms.from} · ${sms.parts[0].encoding} · ${units} units · ${sms.parts.length} segment${sms.parts.length > 1 ? 's' : ''} · `);
    small.append(element('span', ...receiptOf(sms)));
    item.append(small);
    return item;
  }));
}

function drawPeople() {
  $('people').replaceChildren(...[...phones.values()].map((phone) => {
    const item = element('li');
    const button = element('button');
    button.type = 'button';
    button.setAttribute('aria-pressed', String(phone === current));
    button.append(element('b', phone.name), element('span', phone.number, 'number'), element('span', phone.story, 'story'));
    if (phone.news) {
      const news = element('span', String(phone.news), 'news');
      news.setAttribute('aria-label', `${phone.news} new`);
      button.append(news);
    }
    button.addEventListener('click', (event) => pick(phone.msisdn, event.detail > 0));
    item.append(button);
    return item;
  }));
}

function pick(msisdn, byPointer) {
  const had = document.activeElement?.closest?.('#people');
  current = phones.get(msisdn);
  current.news = 0;
  $('letter-cost').textContent = '\u00a0';
  drawAll();
  // After a click Enter means "call"; whoever walks with the Tab key stays where he was.
  if (byPointer) $('lcd-text').focus({ preventScroll: true });
  else if (had) $('people').querySelector('[aria-pressed="true"]')?.focus();
}

function drawAll() {
  drawPeople();
  draw();
  drawCost();
  drawInbox();
  drawPlayed();
}

// ---- played, and saved as a conversation ----

function drawPlayed() {
  const { turns } = current;
  $('played').replaceChildren(...turns.map((turn) => {
    const item = element('li');
    item.append(element('b', turn.hangUp ? 'hung up' : turn.wait ? 'a letter came' : turn.dial ?? turn.send));
    if (!turn.hangUp) item.append(element('small', (turn.screen ?? turn.got ?? '…').split('\n')[0] + (turn.ends ? ' · end' : '')));
    return item;
  }));
  $('played').scrollTop = $('played').scrollHeight;
  $('save').disabled = turns.length === 0;
  $('forget').disabled = turns.length === 0;
}

// A text as a YAML value: a block if it has lines, else a quoted scalar (JSON is YAML).
function scalar(text, indent) {
  const block = text.includes('\n') && !/^\s/.test(text) && !/[^\S\n]\n|\s$/.test(text);
  if (!block) return JSON.stringify(text);
  return `|-\n${text.split('\n').map((line) => (line ? indent + line : '')).join('\n')}`;
}

// The form is rehearsal's: `sms` is a letter sent, `gets` one received; the network's own words are not Kopir's and are left out.
function asYaml(phone) {
  const { turns } = phone;
  const [first] = turns;
  const tags = { Kazakh: 'kk', Russian: 'ru', Uzbek: 'uz', Kyrgyz: 'ky', Tajik: 'tg', English: 'en' };
  // Whoever was not asked for a language at once had chosen one before.
  const known = first.screen === undefined ? undefined : tags[looksLike(first.screen)];
  const bearer = turns.every((turn) => turn.letter || turn.wait) ? 'sms' : 'ussd';
  const lines = [
    `title: ${JSON.stringify(`${first.dial ?? first.send ?? 'A letter'} as played on the phone page`)}`,
    'why: "Played by hand; say here what it must keep true"',
    `bearer: ${bearer}`,
    `phone: "+${phone.msisdn}"`,
    `today: ${new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Almaty' }).format(new Date())}`,
    ...(known ? [`language: ${known}`] : []),
    'turns:',
  ];
  for (const turn of turns) {
    const fields = turn.hangUp ? [['hang-up', 'true']]
      : turn.wait ? [['wait', '2h']]
        : turn.letter ? [['sms', JSON.stringify(turn.send)]]
          : [[turn.dial === undefined ? 'send' : 'dial', JSON.stringify(turn.dial ?? turn.send)]];
    if (turn.screen !== undefined) fields.push(['screen', scalar(turn.screen, '      ')]);
    if (turn.got !== undefined) fields.push(['gets', scalar(turn.got, '      ')]);
    if (turn.ends) fields.push(['ends', 'true']);
    fields.forEach(([name, value], at) => lines.push(`${at === 0 ? '  - ' : '    '}${name}: ${value}`));
  }
  return `${lines.join('\n')}\n`;
}

async function save() {
  const yaml = asYaml(current);
  if (setup.saves) {
    const response = await fetch('/phone/api/conversation', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ yaml }),
    }).catch(() => undefined);
    $('saved').textContent = response?.ok ? 'Saved beside the other conversations.' : 'It could not be saved.';
    return;
  }
  const link = element('a');
  link.href = URL.createObjectURL(new Blob([yaml], { type: 'application/yaml' }));
  link.download = 'conversation.yaml';
  link.click();
  URL.revokeObjectURL(link.href);
  $('saved').textContent = 'conversation.yaml was handed to the browser.';
}

// ---- the wire and the bridge ----

async function copyWire() {
  const text = [...$('pdus').children].map((item) => item.dataset.plain).join('\n');
  const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
  $('copied').textContent = copied ? `${$('pdus').childElementCount} PDUs copied.` : 'The browser did not allow it.';
}

function passed(pdu) {
  const item = element('li', undefined, pdu.direction);
  item.append(element('time', `${(pdu.at_ms / 1000).toFixed(3)}`), element('span', pdu.direction === 'out' ? '→' : '←', 'way'),
    document.createTextNode(pdu.line));
  if (pdu.hex) item.append(element('span', pdu.hex.replace(/(.{8})/g, '$1 ').trim(), 'hex'));
  item.dataset.plain = `${(pdu.at_ms / 1000).toFixed(3)} ${pdu.direction === 'out' ? '->' : '<-'} ${pdu.line}\n      ${pdu.hex}`;
  const list = $('pdus');
  list.prepend(item);
  while (list.childElementCount > PDUS_SHOWN) list.lastElementChild.remove();
  if (/_resp\b|enquire_link/.test(pdu.line) || calm.matches) return;
  const over = ['translateX(0)', 'translateX(560px)'];
  $('walker').animate(
    { transform: pdu.direction === 'out' ? over : [...over].reverse(), opacity: [1, 1] },
    { duration: 650, easing: 'ease-in-out' },
  );
}

function drawProblems(problems) {
  $('faults').hidden = problems.length === 0;
  $('faults-list').replaceChildren(...problems.map((problem) => {
    const item = element('li');
    item.append(element('code', `${problem.file}:${problem.line}:${problem.column}`), ` ${problem.code} ${problem.message}`,
      element('span', problem.cure, 'cure'));
    return item;
  }));
}

function drawBundle(bundle, isNew) {
  $('bundle').textContent = bundle || 'none';
  $('bundle').parentElement.classList.toggle('new', isNew);
  if (isNew) $('said').textContent = `New menus are served: ${bundle}. The next dialogue uses them.`;
}

function listen() {
  const events = new EventSource('/phone/api/events');
  events.addEventListener('ready', () => { $('offline').hidden = true; });
  events.addEventListener('phone', (event) => arrived(JSON.parse(event.data)));
  events.addEventListener('pdu', (event) => passed(JSON.parse(event.data)));
  events.addEventListener('problems', (event) => drawProblems(JSON.parse(event.data)));
  events.addEventListener('bundle', (event) => drawBundle(JSON.parse(event.data), true));
  events.addEventListener('error', () => { $('offline').hidden = false; });
}

// ---- the start ----

function keypad() {
  $('keys').replaceChildren(...KEYS.map(([key, letters]) => {
    const button = element('button');
    button.type = 'button';
    button.dataset.key = key;
    button.setAttribute('aria-label', { '*': 'star', '#': 'hash' }[key] ?? key);
    button.append(element('b', key), element('span', letters));
    // A pointer does not take the focus with it, so that Enter still means "call" afterwards.
    button.addEventListener('pointerdown', (event) => event.preventDefault());
    button.addEventListener('mousedown', (event) => event.preventDefault());
    button.addEventListener('click', () => type(key));
    return button;
  }));
  $('call').addEventListener('click', call);
  $('clear').addEventListener('click', clear);
  $('end').addEventListener('click', hangUp);
  $('save').addEventListener('click', save);
  $('copy').addEventListener('click', copyWire);
  $('forget').addEventListener('click', () => { current.turns = []; $('saved').textContent = ''; drawPlayed(); });
  document.addEventListener('keydown', (event) => {
    const elsewhere = event.target instanceof Element && event.target.closest('textarea, input, summary');
    if (elsewhere || event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = event.target instanceof Element && event.target.closest('button');
    if (/^[0-9*#]$/.test(event.key)) {
      type(event.key);
      const button = $('keys').querySelector(`[data-key="${event.key}"]`);
      button.classList.add('down');
      setTimeout(() => button.classList.remove('down'), 120);
    } else if (event.key === 'Enter' && !onButton) call();
    else if (event.key === 'Escape') hangUp();
    else if (event.key === 'Backspace') clear();
    else return;
    event.preventDefault();
  });
}

function letterForm() {
  const text = $('letter-text');
  text.addEventListener('input', () => {
    const cyrillic = /[^\x20-\x7e\n]/.test(text.value);
    $('letter-cost').textContent = text.value ? `${text.value.length} of ${cyrillic ? 70 : 160} in one segment` : '\u00a0';
  });
  $('letter').addEventListener('submit', async (event) => {
    event.preventDefault();
    const written = text.value.trim();
    if (written && await write(written)) text.value = '';
  });
}

async function write(letter) {
  current.turns.push({ send: letter, letter: true });
  drawPlayed();
  const sent = await press('sms', letter) === 202;
  $('letter-cost').textContent = sent ? `sent: ${letter}` : 'not sent: the simulator did not take it';
  return sent;
}

// ---- what can be tried ----

function examples() {
  $('examples').hidden = setup.examples.length === 0;
  $('examples-list').replaceChildren(...setup.examples.map((example) => {
    const item = element('li');
    const button = element('button', example.text);
    button.type = 'button';
    button.lang = example.lang;
    button.addEventListener('click', () => { pick(example.msisdn, false); write(example.text); });
    item.append(button, element('small', example.meant));
    return item;
  }));
}

/** Alerts of work: what begins and ends them, and a clock that can be hurried. */
function workCard() {
  if (!setup.hurries) return;
  $('work').hidden = false;
  $('work-dial').textContent = setup.code.replace('#', '*32#');
  for (const [id, word] of [['work-word', 'XABAR'], ['work-stop', 'STOP']]) {
    $(id).textContent = word;
    $(id).addEventListener('click', () => write(word));
  }
  $('hurry').addEventListener('click', async () => {
    $('hurry').disabled = true;
    $('hurried').textContent = 'Days go by …';
    try {
      const answer = await fetch('/phone/api/hurry', { method: 'POST' });
      if (!answer.ok) throw new Error(String(answer.status));
      const { now, due, brought, closed } = await answer.json();
      $('hurried').textContent = `It is ${now}. ${due ? 'A letter is due.' : 'Nobody waits for one: a day went by.'} The feed: ${brought} new, ${closed} gone.`;
    } catch {
      $('hurried').textContent = 'Time did not go on. Is the demo still running?';
    }
    $('hurry').disabled = false;
  });
}

function deskCard() {
  const { desk } = setup;
  $('desk').hidden = !desk;
  if (!desk) return;
  $('desk-dial').textContent = desk.dial;
  $('desk-link').href = desk.url;
  $('desk-users').textContent = desk.users.join(', ');
  $('desk-password').textContent = desk.password;
  for (const [id, letter] of [['desk-word', desk.word], ['desk-stop', 'STOP']]) {
    $(id).textContent = letter;
    $(id).addEventListener('click', () => write(letter));
  }
}

setup = await (await fetch('/phone/api/setup')).json();
for (const person of setup.people) phones.set(person.msisdn, fresh(person));
current = phones.values().next().value;
for (const id of ['short', 'short-label']) $(id).textContent = setup.short;
$('code-hint').textContent = setup.code;
$('save').textContent = setup.saves ? 'Save as conversation' : 'Download it';
keypad();
letterForm();
examples();
deskCard();
workCard();
drawProblems(setup.problems);
drawBundle(setup.bundle, false);
drawAll();
listen();
