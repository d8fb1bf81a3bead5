import RFB from '../novnc/core/rfb.js';
import { Denied, Refused, Unreachable } from './access.js';
import * as words from './words.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** For handshake and first size; Visco's own deadline towards the guest is shorter. */
const CONNECT_MS = 25_000;
/** A connection that held as long as this was a good one: what comes after it is tried again soon. */
const GOOD_MS = 5_000;

/**
 * Keeps this page connected to the desktop. Fires "change" whenever the state does, and "desktop" with each new RFB
 * object. The state has a kind: connecting, connected, waiting (tries again by itself) or over (does not).
 */
export class Connection extends EventTarget {
  #access;
  #screen;
  #tries = 0;
  #turn = 0;
  #timer;
  #wasConnected = false;
  rfb;
  state = { kind: 'connecting' };

  constructor(access, screen) {
    super();
    this.#access = access;
    this.#screen = screen;
  }

  /** Tries at once, whatever was being waited for. */
  now() {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    this.rfb?.disconnect();
    this.rfb = undefined;
    this.#connect(turn);
  }

  #tell(state) {
    this.state = state;
    this.dispatchEvent(new Event('change'));
  }

  async #connect(turn) {
    this.#tell({ kind: 'connecting', isAgain: this.#wasConnected });
    try {
      const ticket = await this.#access.ticket();
      if (turn === this.#turn) {
        this.#open(turn, ticket);
      }
    } catch (problem) {
      if (turn === this.#turn) {
        await this.#refused(turn, problem);
      }
    }
  }

  #open(turn, ticket) {
    const socket = new WebSocket(this.#access.socket, ['binary', `visco.ticket.${ticket}`]);
    let closed = {};
    let connected;
    // Before noVNC listens, so that the reason is known when it tells that it is disconnected.
    socket.addEventListener('close', (event) => {
      closed = event;
    });
    const rfb = new RFB(this.#screen, socket, { shared: true });
    this.rfb = rfb;
    const late = setTimeout(() => rfb.disconnect(), CONNECT_MS);
    rfb.addEventListener('connect', () => {
      clearTimeout(late);
      connected = performance.now();
      this.#wasConnected = true;
      this.#tell({ kind: 'connected' });
    });
    rfb.addEventListener('disconnect', () => {
      clearTimeout(late);
      if (turn === this.#turn) {
        this.rfb = undefined;
        if (connected !== undefined && performance.now() - connected > GOOD_MS) {
          this.#tries = 0;
        }
        this.#ended(turn, closed.code, closed.reason);
      }
    });
    this.dispatchEvent(new CustomEvent('desktop', { detail: rfb }));
  }

  /** The connection ended. Why is asked of Visco; a code alone does not tell what became of the VM. */
  async #ended(turn, code, reason) {
    // With the same code, but another word, it also closes what is too slow or silent: that is tried again.
    if (code === words.CLOSED.IDLE && reason.startsWith('idle')) {
      this.#tell({ kind: 'over', words: words.idle() });
      return;
    }
    if (code === words.CLOSED.LIMIT) {
      this.#wait(turn, words.limited(withoutCode(reason)));
      return;
    }
    if (code === words.CLOSED.NO_DESKTOP) {
      this.#tell({ kind: 'over', words: words.refused(withoutCode(reason)) });
      return;
    }
    this.#tell({ kind: 'connecting', isAgain: this.#wasConnected });
    await this.#look(turn, code, code === words.CLOSED.NO_ANSWER ? withoutCode(reason) : undefined);
  }

  async #look(turn, code, silence) {
    let report;
    try {
      report = await this.#access.report();
    } catch (problem) {
      if (turn !== this.#turn) {
        return;
      }
      if (problem instanceof Denied && code === words.CLOSED.ENDED) {
        // With the VM goes every key to it.
        report = { id: this.#access.id, state: 'destroyed' };
      } else {
        await this.#refused(turn, problem, true);
        return;
      }
    }
    if (turn !== this.#turn) {
      return;
    }
    const told = words.ofState(report);
    if (told?.isOver) {
      this.#tell({ kind: 'over', words: told });
    } else if (told !== undefined) {
      this.#wait(turn, told);
    } else {
      this.#wait(turn, silence === undefined ? words.lost() : words.silent(silence, report));
    }
  }

  async #refused(turn, problem, hasLooked = false) {
    if (problem instanceof Denied) {
      const told = this.#wasConnected ? words.withdrawn : words.denied;
      this.#tell({ kind: 'over', words: told(this.#access.id) });
    } else if (problem instanceof Unreachable) {
      this.#wait(turn, words.lost());
    } else if (problem instanceof Refused && problem.status === 429) {
      this.#wait(turn, words.limited(problem.message));
    } else if (problem instanceof Refused && problem.status === 409 && !hasLooked) {
      await this.#look(turn, undefined, problem.message);
    } else if (problem instanceof Refused) {
      this.#tell({ kind: 'over', words: words.refused(problem.message) });
    } else {
      console.error(problem);
      this.#tell({ kind: 'over', words: words.broken(String(problem)) });
    }
  }

  #wait(turn, told) {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#tries) * (0.8 + 0.4 * Math.random());
    this.#tries += 1;
    this.#tell({ kind: 'waiting', words: told, until: performance.now() + pause });
    this.#timer = setTimeout(() => {
      if (turn === this.#turn) {
        this.now();
      }
    }, pause);
  }
}

/** A close reason is "code: words"; a person is shown the words. */
function withoutCode(reason) {
  return reason?.replace(/^[a-z-]+: /, '');
}
