const CAME = 'by-keyboard';

/**
 * Whoever comes to the desktop by keyboard is shown where the keyboard went and how it leads back. Nobody else: a page
 * that gives its desktop the keyboard by itself, or a click, tells the user nothing new.
 */
export class Arrival {
  #screen;
  #isByKeyboard = false;

  constructor(screen) {
    this.#screen = screen;
    document.addEventListener('keydown', () => this.#key(), true);
    document.addEventListener('pointerdown', () => this.#other(), true);
    // Keys that are let go are told to noVNC as a blur too, which is none.
    window.addEventListener('blur', (event) => event.isTrusted && this.#other());
    screen.addEventListener('focusin', () => this.#arrive());
    screen.addEventListener('focusout', (event) => screen.contains(event.relatedTarget) || this.#leave());
  }

  /** The key that leads to the desktop is pressed elsewhere; the first one there shows that the user knows. */
  #key() {
    this.#isByKeyboard = !this.#screen.contains(document.activeElement);
    this.#leave();
  }

  #other() {
    this.#isByKeyboard = false;
    this.#leave();
  }

  #arrive() {
    if (this.#isByKeyboard) {
      this.#isByKeyboard = false;
      this.#screen.classList.add(CAME);
    }
  }

  #leave() {
    this.#screen.classList.remove(CAME);
  }
}
