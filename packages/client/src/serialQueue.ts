/** Runs jobs one after another in the order they came; a job that fails does not stop the next. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(job);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything that was queued by now is done. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
