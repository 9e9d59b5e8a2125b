// An SMSC that is not ours (npm `smpp`), driven by a scenario, saying in JSON lines what it saw.
//
// usage: node smsc.mjs [PORT] [SCENARIO.json]     PORT 0 takes a free one; without a file the scenario is read from stdin
//
// A scenario is {"system_id", "password", "timeout_ms", "steps": [...]}. Steps, one after the other:
//   {"bound": 1}                                     wait until so many ESMEs are bound
//   {"dial": "*100#", "from": "998…"}                deliver_sm, ussd_service_op 1, its_session_info
//   {"answer": "1", "from": "998…"}                  deliver_sm, ussd_service_op 18, the next step of that dialogue
//   {"hang_up": true, "from": "998…"}                deliver_sm, ussd_service_op 129, closing bit
//   {"text": "Жұмыс", "from": "998…", "to": "1414"}  deliver_sm with a letter; a long one in parts ("reversed": true)
//   {"expect": "screen" | "end" | "sms", "at": "998…", "contains": "…", "data_coding": 8}
//   {"enquire": true}   {"unbind": true}             ask every ESME, and wait for its response
//   {"enquired": true}   {"unbound": true}           wait until an ESME asks
//   {"say": "…"}                                     {"event": "said", "what": "…"}: a cue for whoever reads the lines
// The last line is {"event": "done", "failures": n}; the exit code is 1 if n > 0.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const smpp = createRequire(import.meta.url)('smpp');
const [port = '0', file] = process.argv.slice(2);
const scenario = JSON.parse(readFileSync(file ?? 0, 'utf8'));
const timeoutMs = scenario.timeout_ms ?? 5000;

const bound = new Set();
const dialogues = new Map(); // msisdn → {id, step}
const arrived = []; // what came and no step has asked for yet
const partial = new Map(); // msisdn/reference → parts
const waiting = new Set();
let failures = 0;
let dialogueCount = 0;
let letterCount = 0;
let enquiries = 0;
let unbinds = 0;

const say = (event, fields = {}) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
const fail = (reason, step) => { failures += 1; say('failure', { reason, step }); };
const changed = () => { for (const look of [...waiting]) look(); };

// Resolves with what `look` finds, undefined after the time limit.
function until(look) {
  return new Promise((resolve) => {
    const done = (value) => { clearTimeout(timer); waiting.delete(check); resolve(value); };
    const check = () => { const found = look(); if (found !== undefined) done(found); };
    const timer = setTimeout(() => done(undefined), timeoutMs);
    waiting.add(check);
    check();
  });
}

const sessionInfo = ({ id, step }, last = false) => Buffer.from([id & 0xff, ((step & 0x7f) << 1) | (last ? 1 : 0)]);

function deliver(fields) {
  const session = [...bound].find((one) => one.receives);
  return new Promise((resolve) => {
    if (!session) { resolve(null); return; }
    const timer = setTimeout(() => resolve(null), timeoutMs);
    session.deliver_sm(fields, (pdu) => { clearTimeout(timer); resolve(pdu); });
  });
}

async function deliverAndCheck(fields, step) {
  const response = await deliver(fields);
  if (!response) return fail('no deliver_sm_resp', step);
  say('deliver_resp', { status: response.command_status, sequence_number: response.sequence_number });
  if (response.command_status !== 0) fail(`deliver_sm_resp with status ${response.command_status}`, step);
}

function ussd(op, text, from, dialogue, last = false) {
  return {
    service_type: 'USSD', source_addr_ton: 1, source_addr_npi: 1, source_addr: from,
    destination_addr: dialogue.code, data_coding: 0, short_message: text,
    ussd_service_op: op, its_session_info: sessionInfo(dialogue, last),
  };
}

// UTF-16BE in parts of 67 units, or GSM in parts of 153, with an 8-bit reference.
function letters(text) {
  const gsm = /^[\x20-\x5a\x61-\x7a\n]*$/.test(text) && !/[@$_`]/.test(text);
  const [one, many, dataCoding] = gsm ? [160, 153, 0] : [70, 67, 8];
  if (text.length <= one) return [{ data_coding: dataCoding, short_message: text }];
  letterCount += 1;
  const total = Math.ceil(text.length / many);
  return Array.from({ length: total }, (_, at) => ({
    data_coding: dataCoding, esm_class: 0x40,
    short_message: {
      udh: Buffer.from([5, 0, 3, letterCount & 0xff, total, at + 1]),
      message: text.slice(at * many, (at + 1) * many),
    },
  }));
}

const steps = {
  async bound(step) {
    if (!await until(() => (bound.size >= step.bound ? true : undefined))) fail('nobody bound', step);
  },
  async dial(step) {
    dialogueCount += 1;
    const code = step.dial.replace(/^\*(\d+).*$/, '$1');
    const dialogue = { id: dialogueCount, step: 0, code };
    dialogues.set(step.from, dialogue);
    await deliverAndCheck(ussd(1, step.dial, step.from, dialogue), step);
  },
  async answer(step) {
    const dialogue = dialogues.get(step.from);
    if (!dialogue) return fail('no dialogue goes on', step);
    dialogue.step += 1;
    await deliverAndCheck(ussd(18, step.answer, step.from, dialogue), step);
  },
  async hang_up(step) {
    const dialogue = dialogues.get(step.from);
    if (!dialogue) return fail('no dialogue goes on', step);
    dialogue.step += 1;
    dialogues.delete(step.from);
    await deliverAndCheck(ussd(129, '', step.from, dialogue, true), step);
  },
  async text(step) {
    // All parts at once, as an SMSC with a window does; the last one first where the step says so.
    const parts = letters(step.text);
    if (step.reversed) parts.reverse();
    await Promise.all(parts.map((part) => deliverAndCheck({
      source_addr_ton: 1, source_addr_npi: 1, source_addr: step.from, destination_addr: step.to, ...part,
    }, step)));
  },
  async expect(step) {
    const found = await until(() => {
      const at = arrived.findIndex((one) => one.kind === step.expect && one.to === step.at);
      return at < 0 ? undefined : arrived.splice(at, 1)[0];
    });
    if (!found) return fail(`no ${step.expect} came`, step);
    if (step.contains !== undefined && !found.text.includes(step.contains)) fail(`it says ${JSON.stringify(found.text)}`, step);
    if (step.data_coding !== undefined && found.data_coding !== step.data_coding) fail(`data_coding ${found.data_coding}`, step);
  },
  async enquire(step) {
    for (const session of bound) {
      const answered = await new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), timeoutMs);
        session.enquire_link({}, () => { clearTimeout(timer); resolve(true); });
      });
      if (!answered) fail('no enquire_link_resp', step);
    }
  },
  async unbind(step) {
    for (const session of [...bound]) {
      const answered = await new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), timeoutMs);
        session.unbind({}, () => { clearTimeout(timer); resolve(true); });
      });
      if (!answered) fail('no unbind_resp', step);
      session.close();
      bound.delete(session);
    }
  },
  async enquired(step) {
    const before = enquiries;
    if (!await until(() => (enquiries > before ? true : undefined))) fail('no enquire_link came', step);
  },
  async unbound(step) {
    if (!await until(() => (unbinds > 0 ? true : undefined))) fail('no unbind came', step);
  },
  async say(step) {
    say('said', { what: step.say });
  },
};

// What stands in a submit_sm, whichever way the library hands it over.
function textOf(pdu) {
  const body = pdu.message_payload ?? pdu.short_message;
  const message = body?.message ?? body ?? '';
  if (!Buffer.isBuffer(message)) return String(message);
  if ([0x08, 0x48, 0x18].includes(pdu.data_coding)) return Buffer.from(message).swap16().toString('utf16le');
  return message.toString('latin1');
}

// [reference, total, number] of a part, undefined of a whole letter.
function placeOf(pdu) {
  if (pdu.sar_total_segments !== undefined) return [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum];
  for (const element of pdu.short_message?.udh ?? []) {
    if (element[0] === 0x00) return [element[2], element[3], element[4]];
    if (element[0] === 0x08) return [element.readUInt16BE(2), element[4], element[5]];
  }
  return undefined;
}

function submitted(pdu) {
  const op = pdu.ussd_service_op;
  const to = pdu.destination_addr.replace(/^\+/, '');
  const seen = { to, from: pdu.source_addr, data_coding: pdu.data_coding, text: textOf(pdu) };
  if (op !== undefined) {
    const dialogue = dialogues.get(to);
    const info = pdu.its_session_info;
    if (!dialogue || !info || info[0] !== (dialogue.id & 0xff)) {
      fail('a screen of no dialogue', { to, its_session_info: info?.toString('hex') });
      return false;
    }
    const ends = op === 17 || (info[1] & 1) === 1;
    if (ends) dialogues.delete(to);
    say('submit', { ...seen, ussd_service_op: op, its_session_info: info.toString('hex') });
    arrived.push({ kind: ends ? 'end' : 'screen', ...seen });
    return true;
  }
  const place = placeOf(pdu);
  say('submit', { ...seen, part: place });
  if (!place) { arrived.push({ kind: 'sms', ...seen }); return true; }
  const [reference, total, at] = place;
  const key = `${to}/${reference}/${total}`;
  const parts = partial.get(key) ?? new Map();
  partial.set(key, parts.set(at, seen.text));
  if (parts.size === total) {
    partial.delete(key);
    const text = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part).join('');
    arrived.push({ kind: 'sms', ...seen, text });
  }
  return true;
}

let ids = 0;
const server = smpp.createServer((session) => {
  session.on('error', (error) => say('link_error', { code: error.code ?? String(error) }));
  session.on('close', () => { bound.delete(session); say('closed'); changed(); });
  for (const [kind, receives] of [['transceiver', true], ['receiver', true], ['transmitter', false]]) {
    session.on(`bind_${kind}`, (pdu) => {
      const known = pdu.system_id === scenario.system_id && pdu.password === scenario.password;
      session.send(pdu.response({ command_status: known ? 0 : 0x0e, system_id: 'node-smpp' }));
      say('bind', { kind, accepted: known, interface_version: pdu.interface_version });
      if (!known) return;
      session.receives = receives;
      bound.add(session);
      changed();
    });
  }
  session.on('submit_sm', (pdu) => {
    ids += 1;
    const accepted = submitted(pdu);
    session.send(pdu.response(accepted ? { message_id: String(ids) } : { command_status: 0x45 }));
    changed();
  });
  session.on('enquire_link', (pdu) => { enquiries += 1; session.send(pdu.response()); changed(); });
  session.on('unbind', (pdu) => {
    unbinds += 1;
    say('unbind');
    session.send(pdu.response());
    session.close();
    changed();
  });
});

server.on('error', (error) => { say('server_error', { code: error.code }); process.exit(2); });
server.listen(Number(port), '127.0.0.1', async () => {
  say('listening', { port: server.address().port });
  for (const step of scenario.steps) {
    const name = Object.keys(steps).find((known) => known in step);
    if (name) await steps[name](step);
    else fail('no such step', step);
  }
  for (const left of arrived) say('left_over', left);
  say('done', { failures });
  process.exit(failures > 0 ? 1 : 0);
});
