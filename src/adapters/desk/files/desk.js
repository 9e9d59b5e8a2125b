// What the desk's pages do besides, where scripts run: lists that keep themselves fresh, keys, a copy button, a warning
// before idleness signs out. Everything works without it.
const body = document.body;
const said = document.getElementById('said');
const LOOKING_ON = { headers: { 'x-kopir-live': '1' }, cache: 'no-store' };
const idleMs = Number(body.dataset.idle ?? 0) * 1000;
let live = document.getElementById('live');

const say = (text) => { said.textContent = text; };
const leave = () => location.assign('/desk/sign-in?why=ended');

// The list is fetched again and put in place of the old one; focus stays where it was.
async function refresh() {
  const answer = await fetch(location.pathname, LOOKING_ON).catch(() => null);
  if (answer?.status === 401) return leave();
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live');
  if (!fresh || fresh.innerHTML === live.innerHTML) return;
  const before = new Set([...live.querySelectorAll('.what a')].map((link) => link.id));
  const focused = document.activeElement?.id;
  live.replaceWith(fresh);
  live = fresh;
  if (focused) document.getElementById(focused)?.focus();
  if ([...live.querySelectorAll('.what a')].some((link) => !before.has(link.id))) say(body.dataset.news);
}

// A ticket is not changed under somebody's hands: it is said that it has changed.
async function compare() {
  const answer = await fetch(`${location.pathname.split('/').slice(0, 4).join('/')}/acts`, LOOKING_ON).catch(() => null);
  if (answer?.status === 401) return leave();
  if (!answer?.ok || (await answer.text()) === live.dataset.count) return;
  const link = document.createElement('a');
  link.href = location.pathname.split('/').slice(0, 4).join('/');
  link.textContent = body.dataset.news;
  said.replaceChildren(link);
}

// One look at a time; what comes meanwhile is looked at once, after it.
let looking = false;
let again = false;
async function look() {
  if (looking) { again = true; return; }
  looking = true;
  do {
    again = false;
    await (live.dataset.live === 'list' ? refresh() : compare());
  } while (again);
  looking = false;
}

if (live && body.dataset.csrf) {
  const events = new EventSource('/desk/events');
  events.addEventListener('ready', () => { body.dataset.listening = 'true'; look(); });
  events.addEventListener('changed', look);
  events.addEventListener('ended', leave);
  addEventListener('pagehide', () => events.close());
  // Waiting times grow by themselves.
  setInterval(() => { if (live.dataset.live === 'list' && !document.hidden) look(); }, 60_000);
}

// Idleness: who types stays, who is away is warned, and then the page closes.
if (idleMs > 0) {
  const warnMs = Math.min(60_000, idleMs / 2);
  let since = performance.now();
  let told = 0;
  const stay = async () => {
    told = performance.now();
    const answer = await fetch('/desk/stay', { method: 'POST', body: new URLSearchParams({ csrf: body.dataset.csrf }) }).catch(() => null);
    if (answer?.status === 401) return leave();
    if (!answer?.ok) return;
    since = performance.now();
    if (said.querySelector('#stay')) say('');
  };
  document.addEventListener('input', () => { if (performance.now() - Math.max(told, since) > idleMs / 4) stay(); });
  setInterval(() => {
    const leftMs = idleMs - (performance.now() - since);
    if (leftMs <= 0) leave();
    else if (leftMs <= warnMs && !said.querySelector('#stay')) {
      say(body.dataset.leaving.replace('{secs}', Math.ceil(leftMs / 1000)));
      const button = document.createElement('button');
      Object.assign(button, { id: 'stay', type: 'button', className: 'quiet', textContent: body.dataset.stay });
      button.addEventListener('click', stay);
      said.append(' ', button);
    }
  }, Math.min(1_000, idleMs / 4));
}

// j and k walk a list, only while the focus is in it, so that they disturb nobody who speaks or types.
const keys = document.querySelector('.keys');
if (keys) {
  keys.hidden = false;
  document.addEventListener('keydown', (event) => {
    const step = { j: 1, k: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = document.activeElement?.closest?.('.row');
    if (!row) return;
    const links = [...live.querySelectorAll('.what a')];
    const next = links[links.indexOf(row.querySelector('.what a')) + step];
    if (next) { next.focus(); event.preventDefault(); }
  });
}

const copy = document.getElementById('copy');
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById('msisdn').textContent);
    copy.textContent = copy.dataset.copied;
  });
}
