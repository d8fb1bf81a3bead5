/**
 * The clipboard both ways. A text field always works; by itself it goes where the browser gives leave, which it does on
 * HTTPS and on this machine only.
 */

/** What a desktop is sent at most, in characters; Visco's relay takes no larger message. */
const MOST = 256 * 1024;
const PLACE = 'visco.clipboard';

export class Clipboard {
  #rfb;
  #keys;
  /** What the desktop's clipboard had last, and this computer's, for all that this page knows. */
  #there = '';
  #here = '';
  /** One at a time reads or writes this computer's clipboard; the first waits until it is known who may. */
  #turn;
  #mayControl = true;
  #text = document.getElementById('clipboard-text');
  #note = document.getElementById('clipboard-note');
  #auto = document.getElementById('clipboard-auto');

  constructor(keys, screen) {
    this.#keys = keys;
    document.getElementById('clipboard-send').addEventListener('click', () => this.#send(this.#text.value, true));
    document.getElementById('clipboard-type').addEventListener('click', () => this.#type());
    document.getElementById('clipboard-copy').addEventListener('click', () => this.#copy());
    this.#auto.addEventListener('change', () => this.#askLeave());
    window.addEventListener('focus', () => this.#take());
    screen.addEventListener('focusin', () => this.#take());
    screen.addEventListener('pointerenter', () => this.#take());
    this.#turn = this.#begin();
  }

  async #begin() {
    if (navigator.clipboard === undefined) {
      this.#auto.disabled = true;
      document.getElementById('clipboard-auto-why').textContent =
        'This browser lets a page do that only on HTTPS or on this machine. The text field above works all the same.';
    } else {
      this.#auto.checked = sessionStorage.getItem(PLACE) === 'same' || (await this.#hasLeave());
    }
  }

  /** Reading without a question each time; not every browser knows such a leave. */
  async #hasLeave() {
    try {
      const leave = await navigator.permissions.query({ name: 'clipboard-read' });
      return leave.state === 'granted';
    } catch {
      return false;
    }
  }

  async #askLeave() {
    if (this.#auto.checked) {
      try {
        await navigator.clipboard.readText();
        sessionStorage.setItem(PLACE, 'same');
        this.#say('Both clipboards are kept the same.');
      } catch {
        this.#auto.checked = false;
        this.#say('Your browser did not give leave. The text field works all the same.');
      }
    } else {
      sessionStorage.removeItem(PLACE);
      this.#say('');
    }
  }

  use(rfb) {
    this.#rfb = rfb;
    rfb.addEventListener('clipboard', (event) => this.#received(event.detail.text));
    rfb.addEventListener('connect', () => this.#take());
  }

  allow(mayControl) {
    this.#mayControl = mayControl;
    document.getElementById('clipboard-send').disabled = !mayControl;
    document.getElementById('clipboard-type').disabled = !mayControl;
  }

  #say(text) {
    this.#note.textContent = text;
  }

  #received(text) {
    this.#there = text;
    this.#text.value = text;
    this.#turn = this.#turn.then(() => this.#give(text));
  }

  async #give(text) {
    if (text !== this.#there) {
      return; // Something newer has come meanwhile.
    }
    if (this.#auto.checked && document.hasFocus()) {
      try {
        await navigator.clipboard.writeText(text);
        this.#here = text;
        this.#say('Copied on the desktop, and to this computer.');
        return;
      } catch {
        // Some browsers let a page write only while the user does something.
      }
    }
    this.#say('Copied on the desktop.');
  }

  /** What this computer's clipboard has, when the user comes back to the desktop; one look after another. */
  #take() {
    this.#turn = this.#turn.then(() => this.#look());
  }

  async #look() {
    if (!this.#auto.checked || !this.#mayControl || !document.hasFocus() || !(await this.#hasLeave())) {
      return;
    }
    const before = this.#there;
    try {
      const text = await navigator.clipboard.readText();
      const isNew = text !== '' && text !== this.#here && text !== this.#there;
      this.#here = text;
      // What the desktop got meanwhile is newer than what lay here.
      if (isNew && before === this.#there) {
        this.#text.value = text;
        this.#send(text, false);
      }
    } catch {
      // A picture, or leave that was taken back: there is no text to send.
    }
  }

  #send(text, isTold) {
    if (text.length > MOST) {
      this.#say(`Too long: ${text.length} characters, and at most ${MOST} are sent. Send less of it.`);
      return;
    }
    this.#there = text;
    this.#rfb?.clipboardPasteFrom(text);
    if (isTold) {
      this.#say('Sent. Paste it on the desktop, with Ctrl+V for instance.');
    }
  }

  #type() {
    const text = this.#text.value;
    this.#keys.write(text);
    this.#say(`Typed ${[...text].length} characters.`);
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#text.value);
      this.#say('Copied to this computer.');
    } catch {
      this.#text.select();
      this.#say('Selected: copy it with Ctrl+C. The browser lets this page do so itself only on HTTPS.');
    }
  }
}
