// A gateway for one walk: `kopir serve` with a Redis, an office that counts its calls, and a line before it that can be cut.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { connect, createServer as plain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BINARY } from './walk.mjs';

const LOOK_MS = 50;
/** Above the time after which a page says that nobody answers. */
const HELD_MS = 4000;
const READY_MS = 60_000;
const running = new Set();
const folders = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export async function until(what, holds, ms = READY_MS) {
  for (const begun = Date.now(); ;) {
    const held = await holds();
    if (held) return held;
    assert.ok(Date.now() - begun < ms, `waited ${ms} ms for: ${what}`);
    await new Promise((next) => setTimeout(next, LOOK_MS));
  }
}

/** Below the ports that systems give to outgoing connections, any of which might take a port before its owner does. */
const PORTS = { first: 20_000, count: 12_000 };
async function freePort() {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    const free = await new Promise((got) => {
      const server = plain().once('error', () => got(false)).listen(port, '127.0.0.1', () => server.close(() => got(true)));
    });
    if (free) return port;
  }
}

const listening = (server) => new Promise((got) => { server.listen(0, '127.0.0.1', () => got(server.address().port)); });
const opened = (port) => new Promise((got) => {
  const socket = connect(port, '127.0.0.1', () => { socket.destroy(); got(true); });
  socket.on('error', () => got(false));
});

/** An office as docs/upstream.openapi.yaml wants it; it knows every number, and who asked how often. */
async function anOffice() {
  const office = { calls: new Map(), down: false };
  const server = createServer(async (asked, answer) => {
    let body = '';
    for await (const chunk of asked) body += chunk;
    if (office.down) { answer.writeHead(503).end(); return; }
    if (asked.url.endsWith('/health')) { answer.writeHead(204).end(); return; }
    const { give } = JSON.parse(body);
    const number = give.number.digits;
    office.calls.set(number, (office.calls.get(number) ?? 0) + 1);
    answer.writeHead(200, { 'content-type': 'application/json' });
    answer.end(JSON.stringify({ outcome: 'found', values: { tail: { digits: number.slice(-4) }, state: { word: 'interview-scheduled' }, next: { word: 'come-to-interview' } }, as_of: '2026-10-01' }));
  });
  office.url = `http://127.0.0.1:${await listening(server)}/v1`;
  return office;
}

/** Stands between page and gateway. `hinder` says what is done to a request: nothing, `lost`, `unanswered`, `half`, `late`, `held`. */
async function aLine(port) {
  const line = { hinder: () => null, hindered: 0 };
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (asked, answer) => {
    const chunks = [];
    for await (const chunk of asked) chunks.push(chunk);
    const how = line.hinder(asked);
    if (how) line.hindered += 1;
    if (how === 'lost') { asked.socket.destroy(); return; }
    if (how === 'held') { setTimeout(() => asked.socket.destroy(), HELD_MS); return; }
    const onward = request({ host: '127.0.0.1', port, method: asked.method, path: asked.url, headers: asked.headers, agent });
    onward.on('error', () => asked.socket.destroy());
    onward.on('response', async (told) => {
      const parts = [];
      try { for await (const part of told) parts.push(part); } catch { asked.socket.destroy(); return; }
      const whole = Buffer.concat(parts);
      if (how === 'unanswered') { asked.socket.destroy(); return; }
      if (how === 'late') await new Promise((next) => setTimeout(next, 400));
      answer.writeHead(told.statusCode, told.headers);
      if (how === 'half') { answer.write(whole.subarray(0, whole.length >> 1)); setTimeout(() => asked.socket.destroy(), 5); return; }
      answer.end(whole);
    });
    onward.end(Buffer.concat(chunks));
  });
  line.url = `http://127.0.0.1:${await listening(server)}/kiosk`;
  return line;
}

/** A Redis that writes everything down. */
class Redis {
  constructor(folder, port) { Object.assign(this, { folder, port }); }

  async start() {
    this.child = spawn('redis-server', ['--port', this.port, '--bind', '127.0.0.1', '--dir', this.folder, '--appendonly', 'yes', '--appendfsync', 'always', '--save', ''], { stdio: 'ignore', env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
    running.add(this.child);
    await until('redis', () => opened(this.port));
  }

  async stop() {
    const gone = new Promise((done) => { this.child.once('exit', done); });
    this.child.kill('SIGTERM');
    await gone;
    running.delete(this.child);
  }

  /** One command in RESP, for small answers; octets as latin1, since keys hold some that are no text. */
  ask(...words) {
    return new Promise((told, failed) => {
      const socket = connect(this.port, '127.0.0.1');
      let said = '';
      socket.on('error', failed);
      socket.on('data', (chunk) => { said += chunk.toString('latin1'); });
      socket.on('close', () => told(said));
      const command = (all) => `*${all.length}\r\n${all.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
      socket.write(Buffer.from(command(words) + command(['QUIT']), 'latin1'));
    });
  }

  /** Names of all keys. */
  async keys() {
    const all = [];
    const told = await this.ask('KEYS', '*');
    // By length: a name may hold any octet, line ends too.
    for (let at = told.indexOf('\r\n') + 2; told[at] === '$';) {
      const start = told.indexOf('\r\n', at) + 2;
      const length = Number(told.slice(at + 1, start - 2));
      all.push(told.slice(start, start + length));
      at = start + length + 2;
    }
    return all;
  }

  async figure(...words) { return Number(/^:(-?\d+)/.exec(await this.ask(...words))?.[1]); }

}

export class Gateway {
  /** @param {Record<string, string | number>} kiosk settings of `[kiosk]` besides those of every walk */
  static async start(kiosk = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'kopir-kiosk-'));
    folders.add(folder);
    const [port, admin, store] = [await freePort(), await freePort(), await freePort()];
    const own = new Gateway();
    const [office, line, redis] = [await anOffice(), await aLine(port), new Redis(folder, store)];
    Object.assign(own, { folder, port, office, line, redis, said: '', direct: `http://127.0.0.1:${port}/kiosk`, metrics: `http://127.0.0.1:${admin}/metrics`, paper: join(folder, 'paper') });
    mkdirSync(own.paper);
    for (const key of ['partition', 'id', 'seal']) writeFileSync(join(folder, key), `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
    const settings = { enabled: true, listen: `127.0.0.1:${port}`, visits_minute_max: 100_000, visits_max: 4096, sample: true, ...kiosk };
    const toml = (all) => Object.entries(all).map(([key, value]) => `${key} = ${JSON.stringify(value)}`).join('\n');
    writeFileSync(join(folder, 'kopir.toml'), `
[log]
format = "json"
[admin]
listen = "127.0.0.1:${admin}"
[menus]
folder = "menus"
allow_unreviewed = true
[cdr]
folder = ${JSON.stringify(join(folder, 'cdr'))}
[audit]
folder = ${JSON.stringify(join(folder, 'audit'))}
[store]
kind = "redis"
url = "redis://127.0.0.1:${store}/0"
partition_key_file = ${JSON.stringify(join(folder, 'partition'))}
id_key_file = ${JSON.stringify(join(folder, 'id'))}
seal_key_file = ${JSON.stringify(join(folder, 'seal'))}
[kiosk]
${toml(settings)}
[kiosk.paper]
path = ${JSON.stringify(own.paper)}
[upstream.sources.office]
kind = "http"
url = "${office.url}"
allow_private = ["127.0.0.1/32"]
[upstream.services."application.status"]
source = "office"
`);
    await redis.start();
    await own.run();
    return own;
  }

  async run() {
    this.child = spawn(BINARY, ['serve', '--config', join(this.folder, 'kopir.toml')], { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.child);
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (chunk) => { this.said += chunk; });
    let ended = false;
    this.child.once('exit', () => { ended = true; });
    // It listens before all of it has started: only an answer says that it goes on to live.
    await until('the gateway', () => { assert.ok(!ended, this.said); return fetch(`${this.direct}/v1/about`).then(({ ok }) => ok, () => false); });
  }

  async kill() {
    const gone = new Promise((done) => { this.child.once('exit', done); });
    this.child.kill('SIGKILL');
    await gone;
    running.delete(this.child);
  }

  async stop() {
    const gone = new Promise((done) => { this.child.once('exit', done); });
    this.child.kill('SIGTERM');
    await gone;
    running.delete(this.child);
    await this.redis.stop();
  }

  sheets() { return readdirSync(this.paper).filter((name) => name.endsWith('.escpos')).length; }
}
