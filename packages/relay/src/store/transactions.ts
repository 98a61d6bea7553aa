import { Refusal } from '../refusal.ts';

/** Runs changes of a store one after another; each is durable when its promise resolves. */
export interface Transactions {
  run<T>(change: () => T): Promise<T>;
  /** What was asked before is done first; later changes reject with `UNAVAILABLE`. */
  close(): Promise<void>;
}

/** What `groupCommit` needs of a database. */
export interface Transactional {
  begin(): void;
  /** On disk when it returns. */
  commit(): void;
  rollback(): void;
}

interface Waiting {
  readonly change: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: Refusal };

/** One fsync serves this many changes at most, so that a flood does not hold the event loop. */
const MAX_CHANGES_PER_COMMIT = 2_000;

export const closed = (): Refusal => new Refusal('UNAVAILABLE', 'the relay is shutting down');

/**
 * Group commit: all changes that wait when a commit begins share one transaction and one fsync, and are
 * answered after it. While the fsync runs, the next group gathers in the sockets.
 *
 * A change that throws a `Refusal` has written nothing and fails alone. If anything else goes wrong, the group
 * is rolled back and its changes are tried one by one; those that fail again reject with `UNAVAILABLE`.
 */
export function groupCommit(
  database: Transactional,
  schedule: (flush: () => void) => void,
  onFailure: (error: unknown) => void,
): Transactions {
  let waiting: Waiting[] = [];
  let scheduled = false;
  let isClosed = false;

  const attempt = (group: readonly Waiting[]): readonly Outcome[] => {
    database.begin();
    try {
      const outcomes = group.map(({ change }) => outcomeOf(change));
      database.commit();
      return outcomes;
    } catch (error) {
      database.rollback();
      throw error;
    }
  };

  const commit = (group: readonly Waiting[]): void => {
    try {
      answer(group, attempt(group));
    } catch (error) {
      if (group.length > 1) {
        for (const one of group) commit([one]);
        return;
      }
      onFailure(error);
      group[0]!.reject(new Refusal('UNAVAILABLE', 'it could not be stored', { retryAfterMs: 1_000 }));
    }
  };

  const flush = (): void => {
    scheduled = false;
    const group = waiting.slice(0, MAX_CHANGES_PER_COMMIT);
    waiting = waiting.slice(MAX_CHANGES_PER_COMMIT);
    if (waiting.length > 0) arm();
    if (group.length > 0) commit(group);
  };

  const arm = (): void => {
    if (scheduled) return;
    scheduled = true;
    schedule(flush);
  };

  return {
    run<T>(change: () => T): Promise<T> {
      if (isClosed) return Promise.reject(closed());
      return new Promise<T>((resolve, reject) => {
        waiting.push({ change, resolve, reject });
        arm();
      });
    },
    async close() {
      isClosed = true;
      while (waiting.length > 0) flush();
    },
  };
}

function outcomeOf(change: () => unknown): Outcome {
  try {
    return { value: change() };
  } catch (error) {
    if (error instanceof Refusal) return { error };
    throw error;
  }
}

function answer(group: readonly Waiting[], outcomes: readonly Outcome[]): void {
  group.forEach(({ resolve, reject }, i) => {
    const outcome = outcomes[i]!;
    if ('error' in outcome) reject(outcome.error);
    else resolve(outcome.value as never);
  });
}
