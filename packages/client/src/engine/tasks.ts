import type { EngineEvent } from '../projection.ts';

/** What something long heeds, and what it tells how far it is. */
export interface Watched {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

/** What takes long, and can be watched and stopped. */
export class Tasks {
  readonly #running = new Map<string, AbortController>();

  constructor(private readonly emit: (event: EngineEvent) => void) {}

  /** Runs `work`, which heeds the signal and tells how far it is. */
  async run<T>(taskId: string, work: (watched: Watched) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#running.set(taskId, controller);
    try {
      return await work({
        signal: controller.signal,
        onProgress: ({ done, total }) => this.emit({ type: 'progress', taskId, done, total }),
      });
    } finally {
      if (this.#running.get(taskId) === controller) this.#running.delete(taskId);
    }
  }

  /** Nothing happens where there is no such task any more. */
  cancel(taskId: string): void {
    this.#running.get(taskId)?.abort();
  }

  cancelAll(): void {
    for (const controller of this.#running.values()) controller.abort();
  }
}
