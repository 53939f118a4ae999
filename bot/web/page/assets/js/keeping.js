// A drawing that was not sent yet stays in this browser: a reload, or a new link to the same picture, finds it again.

const PREFIX = "easel-drawing:";
const LIFE_MS = 7 * 24 * 3600 * 1000;
const PAUSE_MS = 300;

export class Keeping {
  constructor(name) {
    this.key = PREFIX + name;
    this.timer = 0;
    this.#sweep();
  }

  /** What was kept: {runs, prompt}, or null. */
  found() {
    return read(this.key);
  }

  /** Keep what `what` returns, a moment from now. */
  later(what) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(what), PAUSE_MS);
  }

  now(what) {
    clearTimeout(this.timer);
    try {
      localStorage.setItem(this.key, JSON.stringify({ ...what(), at: Date.now() }));
    } catch {
      // Full or forbidden: the drawing lives as long as the page.
    }
  }

  drop() {
    clearTimeout(this.timer);
    try {
      localStorage.removeItem(this.key);
    } catch {
      // As above.
    }
  }

  #sweep() {
    try {
      for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
        if (!(read(key)?.at > Date.now() - LIFE_MS)) localStorage.removeItem(key);
      }
    } catch {
      // As above.
    }
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}
