import { CoreError, openTree, treeOfWelcome, type WelcomeForUs } from '@sotto/core';
import type { BlobId, BlobReference } from '@sotto/protocol';
import type { Clock } from '../ports.ts';
import { backoffMs } from '../relay/backoff.ts';
import { getBlob } from '../relay/blobTransfer.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import type { RoomContext } from '../room/roomContext.ts';

/**
 * Fetches the ratchet tree that a Welcome points to. What does not come, or is not what it should be, is asked for
 * again, later and later, for as long as this runs; what came stays.
 */
export class TreeFetch {
  #state: 'fetching' | 'failed' = 'fetching';
  #running = false;
  #attempt = 0;
  #cancelRetry: () => void = () => undefined;
  #got: { readonly blobId: BlobId; readonly chunks: Map<number, Uint8Array> } | undefined;

  constructor(
    private readonly context: Pick<RoomContext, 'env' | 'link' | 'random'>,
    private readonly clock: Clock,
    private readonly again: () => void,
    private readonly changed: () => void,
  ) {}

  /** `failed`: the last attempt was in vain; the next one comes. */
  get state(): 'fetching' | 'failed' {
    return this.#state;
  }

  /** The tree; `undefined` where there is none now, or where it is being fetched already: then `again` will be called. */
  async fetch(welcome: WelcomeForUs): Promise<Uint8Array | undefined> {
    const { link, env } = this.context;
    if (this.#running || !link.online) return undefined;
    this.#running = true;
    this.#cancelRetry();
    try {
      const reference = treeOfWelcome(env, welcome);
      if (reference === undefined) return undefined;
      const tree = await this.#attemptAt(reference);
      this.#got = undefined;
      return tree;
    } catch (error) {
      this.#failed(error);
      return undefined;
    } finally {
      this.#running = false;
    }
  }

  close(): void {
    this.#cancelRetry();
    this.#got = undefined;
  }

  async #attemptAt(reference: BlobReference): Promise<Uint8Array> {
    const { blobId, chunkCount } = reference;
    if (this.#got?.blobId !== blobId) this.#got = { blobId, chunks: new Map() };
    const { chunks } = this.#got;
    await getBlob(this.context.link, reference, chunks);
    const inOrder = Array.from({ length: chunkCount }, (_, index) => chunks.get(index) ?? new Uint8Array(0));
    return openTree(this.context.env, reference, inOrder);
  }

  #failed(error: unknown): void {
    // Bytes of another blob: all of it is asked for anew.
    if (error instanceof CoreError) this.#got = undefined;
    // Without a connection it goes on when there is one.
    else if (!(error instanceof RelayFailure)) return;
    const waitAtLeastMs = error instanceof RelayFailure ? error.retryAfterMs : 0;
    const delayMs = Math.max(waitAtLeastMs, backoffMs(this.#attempt++, this.context.random));
    this.#cancelRetry = this.clock.setTimer(delayMs, this.again);
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.changed();
  }
}
