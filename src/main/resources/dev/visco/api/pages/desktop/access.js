/**
 * Who this page is. A link's ticket stands in the address's fragment, which never leaves the browser; it is taken out of
 * the address at once and exchanged for this page's own key. That is kept in sessionStorage, by VM: it survives a reload
 * and goes with the tab. Each connection gets a ticket of its own by it.
 */

/** The key is not, or no longer, good: only a new link helps. */
export class Denied extends Error {}

/** Nothing answered, or nothing that makes sense: worth another try. */
export class Unreachable extends Error {}

/** Visco answered that it cannot be, in its own words. */
export class Refused extends Error {
  constructor(status, problem) {
    super([problem.detail, problem.remedy].filter(Boolean).join(' '));
    this.status = status;
  }
}

const DEADLINE_MS = 15_000;

export class Access {
  #api;
  #place;
  #fragment = '';

  /** @param path of the page: …/vms/ID/desktop, below whatever prefix a reverse proxy has */
  constructor(path) {
    this.id = decodeURIComponent(path.split('/').at(-2) ?? '');
    this.#api = `../../api/vms/${encodeURIComponent(this.id)}`;
    this.#place = `visco.desktop.${this.id}`;
  }

  /** Takes the ticket out of the address, so that it is in no history, bookmark or screenshot. */
  takeTicket() {
    const ticket = location.hash.slice(1);
    if (ticket !== '') {
      history.replaceState(null, '', location.pathname + location.search);
      this.#fragment = ticket;
    }
    return ticket !== '';
  }

  get #grant() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#place)) ?? undefined;
    } catch {
      return undefined;
    }
  }

  get isKnown() {
    return this.#fragment !== '' || this.#grant !== undefined;
  }

  get isViewOnly() {
    return this.#grant?.viewOnly === true;
  }

  /** Exchanges the ticket that the address had. Where it is used up, an earlier key of this tab still serves. */
  async enter() {
    if (this.#fragment === '') {
      return;
    }
    const ticket = this.#fragment;
    try {
      const grant = await this.#ask('POST', '/page-keys', `Ticket ${ticket}`);
      this.#fragment = '';
      sessionStorage.setItem(this.#place, JSON.stringify(grant));
    } catch (problem) {
      if (!(problem instanceof Unreachable)) {
        this.#fragment = '';
      }
      if (!(problem instanceof Denied && this.#grant !== undefined)) {
        throw problem;
      }
    }
  }

  /** A ticket for one connection. */
  async ticket() {
    await this.enter();
    const { ticket } = await this.#ask('POST', '/tickets', this.#key());
    return ticket;
  }

  /** What Visco knows of the VM: its state, and why it failed. */
  async report() {
    return { ...(await this.#ask('GET', '/desktop', this.#key())), id: this.id };
  }

  /** The WebSocket's address, below the same prefix as the page. */
  get socket() {
    const address = new URL(`${this.#api}/vnc`, location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    return address.href;
  }

  #key() {
    const grant = this.#grant;
    if (grant === undefined) {
      throw new Denied('no key');
    }
    return `Page ${grant.key}`;
  }

  async #ask(method, path, authorization) {
    let answer;
    let body;
    try {
      answer = await fetch(this.#api + path, {
        method,
        headers: { Authorization: authorization },
        cache: 'no-store',
        credentials: 'omit',
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      body = await answer.json();
    } catch (cause) {
      throw new Unreachable('no answer', { cause });
    }
    if (answer.ok) {
      return body;
    }
    if (answer.status === 401) {
      throw new Denied(body.detail);
    }
    if (answer.status >= 500) {
      throw new Unreachable(body.detail);
    }
    throw new Refused(answer.status, body);
  }
}
