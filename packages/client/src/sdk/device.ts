import type { EnginePort } from '../intents.ts';
import type { EngineState, TimelineItem } from '../projection.ts';
import { SottoError } from './sottoError.ts';

/** Where the SDK runs: a device of its own, whatever opened it. */
export interface Device {
  /** Another view onto the same device. */
  window(): EnginePort;
  /** Origins under which people reach the relay, the best first. */
  addresses(): Promise<readonly string[]>;
  /** Puts bytes where the person finds them, under a name that is free; gives it. */
  save(bytes: Uint8Array, nameOf: (copy: string) => string, folder?: string): Promise<string>;
  close(): Promise<void>;
}

/** How long something is waited for. */
export interface Waiting {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A message as it stands in the log. */
export type MessageItem = Extract<TimelineItem, { readonly kind: 'message' }>;

/**
 * The first answer that `look` gives, asked with each state. Throws what `look` throws, `TIMED_OUT`, `CANCELLED`, and
 * `STORAGE_FAILED` where the engine has stopped for good.
 */
export function awaitState<T>(
  port: Pick<EnginePort, 'subscribe'>,
  look: (state: EngineState) => T | undefined,
  waiting: Waiting = {},
): Promise<T> {
  return awaited(waiting, (settle, fail) =>
    port.subscribe(event => {
      if (event.type !== 'state') return;
      try {
        const found = look(event.state);
        if (found !== undefined) return settle(found);
      } catch (error) {
        return fail(error);
      }
      const { connection } = event.state;
      if (connection.state === 'stopped' && connection.reason === 'storage-failed')
        fail(
          new SottoError(connection.trouble ?? 'STORAGE_FAILED', 'what this device keeps cannot be reached'),
        );
    }),
  );
}

/** Settles with the first value; what `begin` throws, now or in a listener of its own, rejects. `begin` gives its end. */
export function awaited<T>(
  { timeoutMs, signal }: Waiting,
  begin: (settle: (value: T) => void, fail: (error: unknown) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let end: (() => void) | undefined;
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const finish = (conclude: () => void) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancelled);
      // A listener may be called before `begin` has said how to end it.
      queueMicrotask(() => end?.());
      conclude();
    };
    const fail = (error: unknown) => finish(() => reject(error));
    const cancelled = () => fail(new SottoError('CANCELLED', 'it is not waited for any more'));
    if (signal?.aborted) return cancelled();
    signal?.addEventListener('abort', cancelled);
    if (timeoutMs !== undefined)
      timer = setTimeout(
        () => fail(new SottoError('TIMED_OUT', `not within ${timeoutMs} ms`, { retryable: true })),
        timeoutMs,
      );
    try {
      end = begin(value => finish(() => resolve(value)), fail);
    } catch (error) {
      fail(error);
    }
  });
}
