// Changes on their way to the service. They are kept in this browser until the service takes or refuses them, and are sent
// one after the other in the order in which they were made: the first change of a new person sets the cookie that
// identifies them for the next.

const PREFIX = "change:";
const LOCK = "reelgraph-changes";
const FIRST_PAUSE = 4_000; // milliseconds until the next try after a failure; doubled with each further one
const LONGEST_PAUSE = 60_000;
const SENT_FOR = 10_000; // milliseconds for which a tab tells the others that an entry is done with
const BUSY = [408, 425, 429, 502, 503, 504];

// Tabs share one queue where they can take turns with a lock; elsewhere each tab has its own.
const canTakeTurns = "locks" in navigator;
const inTurn = (work) => (canTakeTurns ? navigator.locks.request(LOCK, work) : work());
const storage = (() => {
  try { return canTakeTurns ? localStorage : sessionStorage; } catch { return null; }
})();
// A tab may see in its storage for a while what another tab has removed. Locks are the same for all tabs at once: one with
// the key of an entry says that it was removed.
const tellRemoved = (key) => canTakeTurns && new Promise((isTold) => {
  navigator.locks.request(key, { mode: "shared" }, () => { isTold(); return new Promise((end) => setTimeout(end, SENT_FOR)); }).catch(isTold);
});
const isRemoved = async (key) => canTakeTurns && (await navigator.locks.query()).held.some(({ name }) => name === key);
const entries = new Map(); // key -> entry, where storage is forbidden or full

// Whether to send a change again later: the service was not reached or is busy. Everything else is its answer.
const isTemporary = (error) => error.status === undefined || BUSY.includes(error.status) || (!error.kind && (error.status < 400 || error.status >= 500));

export class ChangeQueue extends EventTarget {
  #send; // sends one entry, and returns the answer
  #outcomes = new Map(); // key -> { resolve, reject } of a change of this tab
  #running = null;
  #failures = 0;
  #timer = 0;
  #last = 0;

  constructor(send) { super(); this.#send = send; }

  // The changes that wait, the oldest first: { key, method, path, body, change, id }.
  entries() {
    const stored = [];
    try {
      for (const key of Object.keys(storage ?? {})) if (key.startsWith(PREFIX)) stored.push([key, JSON.parse(storage.getItem(key))]);
    } catch { /* storage may be forbidden, or hold something else */ }
    return [...stored, ...entries].filter(([, entry]) => entry?.path).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, entry]) => ({ key, ...entry }));
  }

  // Keep a change and send it. Returns the answer of the service, or { waiting: true } if it cannot be reached now.
  add(entry) {
    this.#last = Math.max(Date.now(), this.#last + 1);
    const key = `${PREFIX}${String(this.#last).padStart(15, "0")}-${Math.random().toString(36).slice(2, 8)}`;
    try { storage.setItem(key, JSON.stringify(entry)); } catch { entries.set(key, entry); }
    return new Promise((resolve, reject) => {
      this.#outcomes.set(key, { resolve, reject });
      this.#changed();
      this.flush();
    });
  }

  // Send what waits. One call at a time sends, of all tabs.
  flush() {
    clearTimeout(this.#timer);
    this.#running ??= inTurn(() => this.#sendAll()).finally(() => {
      this.#running = null;
      if (this.#outcomes.size && this.entries().length && !this.#failures) this.flush(); // added while the last one ended
    });
    return this.#running;
  }

  // Run `work` when nothing is being sent, in any tab.
  async exclusively(work) {
    await this.#running;
    return inTurn(work);
  }

  // Forget what waits. To be called within `exclusively`.
  async clear() {
    for (const { key } of this.entries()) await this.#remove(key);
    this.#settle({ dropped: true });
  }

  async #sendAll() {
    for (let [entry] = this.entries(); entry; [entry] = this.entries()) {
      if (await isRemoved(entry.key)) { this.#removeHere(entry.key); continue; }
      let result;
      try {
        result = await this.#send(entry);
      } catch (error) {
        if (isTemporary(error)) { this.#postpone(error); return; }
        await this.#remove(entry.key);
        const outcome = this.#outcomes.get(entry.key);
        this.#outcomes.delete(entry.key);
        if (outcome) outcome.reject(error);
        else this.#tell("refused", { entry, error }); // made by another tab, or long ago
        continue;
      }
      this.#failures = 0;
      await this.#remove(entry.key);
      this.#outcomes.get(entry.key)?.resolve(result);
      if (!this.#outcomes.delete(entry.key)) this.#tell("sent", { entry });
      this.#changed();
    }
    this.#failures = 0;
    this.#settle({ elsewhere: true }); // another tab has sent them
    this.#changed();
  }

  #postpone(error) {
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.flush(), Math.max(pause, 1000 * (error.retryAfter ?? 0)));
    this.#settle({ waiting: true });
    this.#changed();
  }

  #settle(result) {
    const outcomes = [...this.#outcomes.values()];
    this.#outcomes.clear();
    for (const { resolve } of outcomes) resolve(result);
  }

  async #remove(key) {
    await tellRemoved(key);
    this.#removeHere(key);
  }

  #removeHere(key) {
    entries.delete(key);
    try { storage?.removeItem(key); } catch { /* storage may be forbidden */ }
  }

  // Whether the last try has failed, so that what is there waits for the next one.
  get isHeldUp() { return this.#failures > 0; }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
  #changed() { this.#tell("change"); }
}
