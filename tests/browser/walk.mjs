// What the walks share: a demo of their own, and what must hold of every page: it fits, axe finds nothing, text can be read.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

export const BINARY = resolve(process.argv[2] ?? 'target/debug/kopir');
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const WIDTHS = { 1280: 900, 390: 844 };
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const demos = [];
process.on('exit', () => { for (const demo of demos) demo.kill('SIGKILL'); });

// What has been looked at so far.
export const seen = { pages: 0, violations: 0, worst: Infinity };

// Fails the walks as a whole when they take longer than anybody waits.
export function within(ms) {
  const watchdog = setTimeout(() => { console.error('the walks took too long'); process.exit(1); }, ms);
  return () => { clearTimeout(watchdog); for (const demo of demos) demo.removeAllListeners('exit'); };
}

export async function demo(...args) {
  const child = spawn(BINARY, ['demo', '--http', '127.0.0.1:0', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  demos.push(child);
  let said = '';
  let complained = '';
  child.stderr.on('data', (chunk) => { complained += chunk; });
  child.stdout.on('data', (chunk) => { said += chunk; });
  await new Promise((done, failed) => {
    child.on('exit', (code) => failed(new Error(`the demo ended with ${code}: ${complained}`)));
    child.stdout.on('data', () => { if (said.includes('Ctrl-C')) done(); });
  });
  const phone = /http:\/\/[\d.:]+\/phone/.exec(said)[0];
  const metrics = /http:\/\/[\d.:]+\/metrics/.exec(said)[0];
  // The phone page's host shows the way; the desk has its own address.
  const desk = (await fetch(phone.replace(/phone$/, 'desk'), { redirect: 'manual' })).headers.get('location');
  return {
    phone, desk, metrics, password: /password (sample-\w+)/.exec(said)[1],
    kiosk: phone.replace(/phone$/, 'kiosk'), office: /http:\/\/[\d.:]+\/control/.exec(said)[0], paper: /what it prints goes to (\S+)/.exec(said)[1],
    log: () => said + complained,
  };
}

export async function shot(page, name) {
  if (process.env.KOPIR_SHOTS) await page.screenshot({ path: join(process.env.KOPIR_SHOTS, `${name}.png`), fullPage: true });
}

// At both widths: it fits, axe finds nothing, and text has at least the contrast asked for.
export async function holdsEverywhere(page, name, least) {
  for (const [width, height] of Object.entries(WIDTHS)) {
    await page.setViewportSize({ width: Number(width), height });
    await holds(page, `${name}-${width}`, least);
  }
}

export async function holds(page, name, least) {
  const { wide, room } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: window.innerWidth }));
  await shot(page, name);
  assert.ok(wide <= room, `${name} is ${wide} px wide in ${room}`);
  assert.deepEqual(await violations(page, name), []);
  if (least === undefined) return;
  const measured = await page.evaluate(contrasts);
  assert.ok(measured.length > 0, `${name} has text`);
  seen.worst = Math.min(seen.worst, ...measured.map(({ ratio }) => ratio));
  assert.deepEqual(measured.filter(({ ratio }) => ratio < least).map(({ ratio, text }) => `${name}: ${ratio.toFixed(2)}: ${text}`), []);
}

// What axe finds, a line each.
export async function violations(page, name) {
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(AXE);
  const { violations: found } = await page.evaluate((tags) => globalThis.axe.run({ runOnly: tags }), TAGS);
  seen.pages += 1;
  seen.violations += found.length;
  return found.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map(({ html, any }) => html + any.map((a) => a.message)).join(' ')}`);
}

// The contrast of every visible text with what lies under it (WCAG 2.2, relative luminance). The browser itself mixes colours.
function contrasts() {
  const brush = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const paint = (colour) => { brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1); };
  const luminance = () => {
    const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3)
      .map((octet) => octet / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const written = (one) => one.matches('input:not([type=radio], [type=hidden]), textarea, select')
    || [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
  return [...document.body.querySelectorAll('*')].filter((one) => written(one) && one.checkVisibility()).map((one) => {
    paint('white');
    const under = [];
    for (let at = one; at; at = at.parentElement) under.unshift(getComputedStyle(at).backgroundColor);
    under.forEach(paint);
    const ground = luminance();
    paint(one instanceof SVGElement ? getComputedStyle(one).fill : getComputedStyle(one).color);
    const ink = luminance();
    const ratio = (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
    return { ratio, text: one.outerHTML.slice(0, 120) };
  });
}
