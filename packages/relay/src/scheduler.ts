/** Time as the relay feels it: the platform's in production, a fake one in tests and simulation. */
export interface Scheduler {
  /** Runs once after `delayMs`, unless the returned function is called before. */
  after(delayMs: number, run: () => void): () => void;
  /** Runs once when what is ready now has been handled. */
  soon(run: () => void): void;
}

/** The platform's timers; they keep no process alive. */
export const systemScheduler: Scheduler = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  soon(run) {
    setImmediate(run);
  },
};
