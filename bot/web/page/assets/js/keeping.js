// A drawing that was not sent yet stays in this browser: a reload, or a new link to the same picture, finds it again.

const PREFIX = "easel-drawing:";
const LIFE_MS = 7 * 24 * 3600 * 1000;
const PAUSE_MS = 300;

export class Keeping {
  /** `began` is the prompt that the page opens with. */
  constructor(name, began) {
    this.key = PREFIX + name;
    this.began = began;
    this.timer = 0;
    this.#sweep();
  }

  /** What was kept: {runs, prompt}, or null. Whoever comes with another prompt for the same picture means that one. */
  found() {
    const kept = read(this.key);
    if (kept && (kept.began ?? this.began) !== this.began) delete kept.prompt;
    return kept;
  }

  /** Keep what `what` returns, a moment from now. */
  later(what) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(what), PAUSE_MS);
  }

  now(what) {
    clearTimeout(this.timer);
    try {
      localStorage.setItem(this.key, JSON.stringify({ ...what(), began: this.began, at: Date.now() }));
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
