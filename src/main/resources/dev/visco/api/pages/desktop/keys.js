import KeyTable from '../novnc/core/input/keysym.js';
import keysyms from '../novnc/core/input/keysymdef.js';

/** Keys that have a name and write no character. */
const NAMED = {
  ControlLeft: KeyTable.XK_Control_L,
  AltLeft: KeyTable.XK_Alt_L,
  ShiftLeft: KeyTable.XK_Shift_L,
  MetaLeft: KeyTable.XK_Super_L,
  Escape: KeyTable.XK_Escape,
  Tab: KeyTable.XK_Tab,
  Enter: KeyTable.XK_Return,
  Backspace: KeyTable.XK_BackSpace,
  Delete: KeyTable.XK_Delete,
  ArrowLeft: KeyTable.XK_Left,
  ArrowUp: KeyTable.XK_Up,
  ArrowDown: KeyTable.XK_Down,
  ArrowRight: KeyTable.XK_Right,
  Home: KeyTable.XK_Home,
  End: KeyTable.XK_End,
  PageUp: KeyTable.XK_Page_Up,
  PageDown: KeyTable.XK_Page_Down,
};
const MODIFIERS = ['Control', 'Alt', 'Shift', 'Meta', 'AltGraph', 'CapsLock'];
/** Something to delete, so that a phone's keyboard tells of its backspace key too. */
const FILLER = '_'.repeat(64);

/** Keys that a keyboard does not bring: held for the next key, sent by a button, or written by a phone. */
export class Keys {
  #rfb;
  #held = new Set();
  #screen;
  #typing = document.getElementById('typing');
  #toggle = document.getElementById('keyboard');
  #before = FILLER;

  constructor(screen) {
    this.#screen = screen;
    for (const button of document.querySelectorAll('[data-hold]')) {
      this.#keepsFocus(button, () => this.#hold(button));
    }
    for (const button of document.querySelectorAll('[data-key]')) {
      this.#keepsFocus(button, () => this.press(button.dataset.key));
    }
    this.#keepsFocus(document.getElementById('control-alt-delete'), () => this.#rfb?.sendCtrlAltDel());
    screen.addEventListener('keyup', (event) => {
      if (!MODIFIERS.includes(event.key)) {
        this.#release();
      }
    });
    // noVNC lets go of all keys when the window loses the keyboard; a desktop that loses it must do the same.
    screen.addEventListener('focusout', () => this.letGo());
    this.#phone();
  }

  /** A button that does not take the keyboard away from where the user types. */
  #keepsFocus(button, action) {
    button.addEventListener('pointerdown', (event) => event.preventDefault());
    button.addEventListener('click', action);
  }

  use(rfb) {
    this.#rfb = rfb;
    this.#held.clear();
    this.#showHeld();
  }

  allow(mayControl) {
    const buttons = document.querySelectorAll('#panel-keys .keys button');
    buttons.forEach((button) => {
      button.disabled = !mayControl;
    });
  }

  /** All keys up, as when the window goes to the background. */
  letGo() {
    window.dispatchEvent(new Event('blur'));
  }

  #hold(button) {
    const code = button.dataset.hold;
    const isDown = !this.#held.has(code);
    this.#rfb?.sendKey(NAMED[code], code, isDown);
    if (isDown) {
      this.#held.add(code);
    } else {
      this.#held.delete(code);
    }
    this.#showHeld();
  }

  #release() {
    for (const code of this.#held) {
      this.#rfb?.sendKey(NAMED[code], code, false);
    }
    this.#held.clear();
    this.#showHeld();
  }

  #showHeld() {
    for (const button of document.querySelectorAll('[data-hold]')) {
      button.setAttribute('aria-pressed', String(this.#held.has(button.dataset.hold)));
    }
  }

  /** A named key, down and up; what was held for it is let go. */
  press(code) {
    this.#rfb?.sendKey(NAMED[code], code);
    this.#release();
  }

  /** Characters of any script as keys, for where nothing can be pasted. */
  write(text) {
    for (const character of text.replace(/\r\n?/g, '\n')) {
      if (character === '\n') {
        this.press('Enter');
      } else if (character === '\t') {
        this.press('Tab');
      } else {
        this.#rfb?.sendKey(keysyms.lookup(character.codePointAt(0)), undefined);
        this.#release();
      }
    }
  }

  /** A phone's keyboard and input methods write into a field; the difference is sent. */
  #phone() {
    const field = this.#typing;
    this.#reset();
    this.#keepsFocus(this.#toggle, () => (document.activeElement === field ? this.#screen.focus() : field.focus()));
    field.addEventListener('focus', () => {
      this.#toggle.setAttribute('aria-pressed', 'true');
      this.#reset();
    });
    field.addEventListener('blur', () => this.#toggle.setAttribute('aria-pressed', 'false'));
    field.addEventListener('keydown', (event) => {
      // Backspace shows up as a difference, unless a key is held for it.
      const isPlain = event.key === 'Backspace' && this.#held.size === 0;
      if (!event.isComposing && event.key in NAMED && !isPlain) {
        event.preventDefault();
        this.press(event.key);
      }
    });
    field.addEventListener('input', (event) => this.#written(event.isComposing));
    field.addEventListener('compositionend', () => this.#written(false));
  }

  #written(isComposing) {
    const before = [...this.#before];
    const now = [...this.#typing.value];
    let same = 0;
    while (same < before.length && same < now.length && before[same] === now[same]) {
      same++;
    }
    for (let gone = before.length; gone > same; gone--) {
      this.press('Backspace');
    }
    this.write(now.slice(same).join(''));
    this.#before = this.#typing.value;
    // Nothing may be changed under an input method's hands.
    if (!isComposing) {
      this.#reset();
    }
  }

  #reset() {
    this.#typing.value = FILLER;
    this.#typing.setSelectionRange(FILLER.length, FILLER.length);
    this.#before = FILLER;
  }
}
