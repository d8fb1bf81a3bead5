/** How the desktop is shown: size, quality, view only, full screen. What was chosen is kept for the next visit. */

const PLACE = 'visco.view';
const PICTURES = {
  sharp: { quality: 9, compression: 1 },
  balanced: { quality: 6, compression: 2 },
  small: { quality: 1, compression: 9 },
};
const SIZES = ['fit', 'scale', 'own'];

export class View {
  #rfb;
  #mayControl = true;
  #chosen = { size: 'fit', picture: 'balanced', viewOnly: false };
  #picture = document.getElementById('picture');
  #viewOnly = document.getElementById('view-only');
  #full = document.getElementById('full');
  onViewOnly = () => {};

  constructor() {
    this.#remember();
    for (const radio of document.querySelectorAll('[name=size]')) {
      radio.checked = radio.value === this.#chosen.size;
      radio.addEventListener('change', () => this.#choose({ size: radio.value }));
    }
    this.#picture.value = this.#chosen.picture;
    this.#picture.addEventListener('change', () => this.#choose({ picture: this.#picture.value }));
    this.#viewOnly.addEventListener('change', () => this.#choose({ viewOnly: this.#viewOnly.checked }));
    this.#fullScreen();
  }

  #remember() {
    try {
      const kept = JSON.parse(localStorage.getItem(PLACE)) ?? {};
      this.#chosen.size = SIZES.includes(kept.size) ? kept.size : this.#chosen.size;
      this.#chosen.picture = kept.picture in PICTURES ? kept.picture : this.#chosen.picture;
    } catch {
      // A browser that keeps nothing shows it as it is by default.
    }
  }

  #choose(change) {
    Object.assign(this.#chosen, change);
    try {
      const { size, picture } = this.#chosen;
      localStorage.setItem(PLACE, JSON.stringify({ size, picture }));
    } catch {
      // As above.
    }
    this.#apply();
  }

  get isViewOnly() {
    return this.#chosen.viewOnly || !this.#mayControl;
  }

  /** Whether the link lets this page do more than look. */
  allow(mayControl) {
    this.#mayControl = mayControl;
    this.#viewOnly.disabled = !mayControl;
    this.#viewOnly.checked = this.isViewOnly;
    document.getElementById('view-only-why').textContent = mayControl
      ? 'No key, no click and no clipboard leaves this page.'
      : 'Your link is for looking only. visco open without --view-only gives one for more.';
    this.#apply();
  }

  /** A new connection's desktop. */
  show(rfb) {
    this.#rfb = rfb;
    rfb.background = 'transparent';
    rfb.showDotCursor = true;
    this.#apply();
  }

  #apply() {
    this.onViewOnly(this.isViewOnly);
    const rfb = this.#rfb;
    if (rfb === undefined) {
      return;
    }
    const { size, picture } = this.#chosen;
    rfb.viewOnly = this.isViewOnly;
    // A desktop that cannot take the window's size is scaled to it.
    rfb.scaleViewport = size !== 'own';
    rfb.resizeSession = size === 'fit';
    rfb.qualityLevel = PICTURES[picture].quality;
    rfb.compressionLevel = PICTURES[picture].compression;
  }

  #fullScreen() {
    this.#full.hidden = !document.fullscreenEnabled;
    this.#full.addEventListener('click', async () => {
      if (document.fullscreenElement) {
        await document.exitFullscreen();
        return;
      }
      await document.documentElement.requestFullscreen({ navigationUI: 'hide' });
      // Where a browser can, keys like Escape and Alt+Tab go to the desktop too; holding Escape leads out.
      await navigator.keyboard?.lock?.().catch(() => {});
    });
    document.addEventListener('fullscreenchange', () => {
      const isFull = document.fullscreenElement !== null;
      this.#full.setAttribute('aria-pressed', String(isFull));
      document.body.classList.toggle('folded', isFull);
    });
  }
}
