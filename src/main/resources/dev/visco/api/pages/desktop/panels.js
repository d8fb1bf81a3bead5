/** Panels that a button opens: one at a time, closed by Escape, which gives the focus back to the button. */
export class Panels {
  #buttons = [...document.querySelectorAll('[aria-controls^="panel-"]')];

  constructor() {
    for (const button of this.#buttons) {
      const panel = panelOf(button);
      button.addEventListener('click', () => (panel.hidden ? this.open(button) : this.close(button)));
      panel.querySelector('.close').addEventListener('click', () => this.close(button, true));
      panel.addEventListener('keydown', (event) => this.#escape(event, button));
      button.addEventListener('keydown', (event) => this.#escape(event, button));
    }
  }

  #escape(event, button) {
    if (event.key === 'Escape' && !panelOf(button).hidden) {
      event.preventDefault();
      this.close(button, true);
    }
  }

  open(button) {
    this.closeAll();
    button.setAttribute('aria-expanded', 'true');
    const panel = panelOf(button);
    panel.hidden = false;
    if (!panel.classList.contains('strip')) {
      (panel.querySelector('textarea, input:not(:disabled), select') ?? panel.querySelector('button')).focus();
    }
  }

  close(button, givesFocusBack = false) {
    button.setAttribute('aria-expanded', 'false');
    panelOf(button).hidden = true;
    if (givesFocusBack) {
      button.focus();
    }
  }

  closeAll() {
    this.#buttons.forEach((button) => this.close(button));
  }

  /** Whoever clicks on the desktop is done with a panel; the strip of keys is for use beside it. */
  closeCards() {
    this.#buttons
      .filter((button) => !panelOf(button).classList.contains('strip'))
      .forEach((button) => this.close(button));
  }
}

function panelOf(button) {
  return document.getElementById(button.getAttribute('aria-controls'));
}
