import { Access } from './access.js';
import { Arrival } from './arrival.js';
import { Clipboard } from './clipboard.js';
import { Connection } from './connection.js';
import { Keys } from './keys.js';
import { Panels } from './panels.js';
import { View } from './view.js';
import { noLink } from './words.js';

const find = (id) => document.getElementById(id);
const screen = find('screen');
const access = new Access(location.pathname);
const connection = new Connection(access, screen);
const panels = new Panels();
const view = new View();
new Arrival(screen);
const keys = new Keys(screen);
const clipboard = new Clipboard(keys, screen);

function name(text) {
  find('name').textContent = text;
  screen.setAttribute('aria-label', `Desktop of ${text}`);
  document.title = `${text} · Visco`;
}

/** The few words of the toolbar, which are read out when they change. */
function state() {
  const { kind, isAgain, words } = connection.state;
  switch (kind) {
    case 'connected':
      return view.isViewOnly ? 'Connected, view only' : 'Connected';
    case 'connecting':
      return isAgain ? 'Reconnecting' : 'Connecting';
    default:
      return words.title;
  }
}

function show() {
  const { kind, words } = connection.state;
  document.body.dataset.state = kind;
  const said = state();
  if (find('state').textContent !== said) {
    find('state').textContent = said;
  }
  const isConnected = kind === 'connected';
  find('notice').hidden = isConnected;
  find('notice-title').textContent = words?.title ?? (connection.state.isAgain ? 'Reconnecting' : 'Opening your desktop');
  find('notice-cause').textContent = words?.cause ?? '';
  find('notice-remedy').textContent = words?.remedy ?? '';
  find('notice-command').hidden = !words?.command;
  find('notice-command').querySelector('code').textContent = words?.command ?? '';
  find('again').hidden = kind === 'connecting' || isConnected || !access.isKnown;
  find('again').textContent = kind === 'waiting' ? 'Reconnect now' : 'Look again';
  countDown();
  if (isConnected) {
    find('last').hidden = true;
    const focused = document.activeElement;
    if ([document.body, screen, find('again')].includes(focused)) {
      connection.rfb.focus();
    }
  }
}

function countDown() {
  const { kind, until } = connection.state;
  const left = kind === 'waiting' ? Math.max(0, Math.ceil((until - performance.now()) / 1000)) : 0;
  find('notice-next').textContent = left > 0 ? `Next try in ${left} s` : '';
}

/** What was last seen stays, dimmed, while the page is not connected. */
function keepLast(rfb) {
  try {
    const pixels = rfb.getImageData();
    const last = find('last');
    last.width = pixels.width;
    last.height = pixels.height;
    last.getContext('2d').putImageData(pixels, 0, 0);
    last.hidden = false;
  } catch {
    // Nothing had been drawn yet.
  }
}

connection.addEventListener('change', show);
connection.addEventListener('desktop', ({ detail: rfb }) => {
  view.allow(!access.isViewOnly);
  view.show(rfb);
  keys.use(rfb);
  clipboard.use(rfb);
  rfb.addEventListener('connect', () => view.show(rfb));
  rfb.addEventListener('disconnect', () => keepLast(rfb));
});
view.onViewOnly = (isViewOnly) => {
  keys.letGo();
  keys.allow(!isViewOnly);
  clipboard.allow(!isViewOnly);
  show();
};

screen.addEventListener('focus', () => connection.rfb?.focus());
screen.addEventListener('pointerdown', () => panels.closeCards());
find('again').addEventListener('click', () => connection.now());
find('copy-command').addEventListener('click', async () => {
  const command = find('notice-command').querySelector('code');
  try {
    await navigator.clipboard.writeText(command.textContent);
    find('copy-command').textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren(command);
  }
});

function fold(isFolded) {
  document.body.classList.toggle('folded', isFolded);
  (isFolded ? screen : find('tools').querySelector('button')).focus();
}
find('fold').addEventListener('click', () => fold(true));
find('unfold').addEventListener('click', () => fold(false));

// The way out of the desktop by keyboard; before noVNC sees the key.
document.addEventListener(
  'keydown',
  (event) => {
    const isModifier = ['Control', 'Alt', 'Shift'].includes(event.key);
    if (isModifier && event.ctrlKey && event.altKey && event.shiftKey && screen.contains(document.activeElement)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      fold(false);
    }
  },
  true,
);

find('tools').addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step !== undefined) {
    const all = [...find('tools').querySelectorAll('button:not([hidden])')];
    all.at((all.indexOf(document.activeElement) + step) % all.length).focus();
  }
});

const isWaiting = () => connection.state.kind === 'waiting';
window.addEventListener('online', () => isWaiting() && connection.now());
document.addEventListener('visibilitychange', () => !document.hidden && isWaiting() && connection.now());
// A new link for the same VM in the same tab changes nothing but the fragment.
window.addEventListener('hashchange', () => access.takeTicket() && connection.now());
setInterval(countDown, 500);

name(access.id);
document.querySelectorAll('.open-command').forEach((command) => {
  command.textContent = `visco open ${access.id}`;
});
access.takeTicket();
if (access.isKnown) {
  connection.now();
} else {
  connection.state = { kind: 'over', words: noLink(access.id) };
  show();
}
