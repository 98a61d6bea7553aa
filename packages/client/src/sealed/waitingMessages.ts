import { type BlobId, type Entry, LIMITS, type SealedDelivery } from '@sotto/protocol';
import { VaultError } from '@sotto/vault';
import type { MoveCursor } from '../door/inbox.ts';
import { KEYS } from '../records/keys.ts';
import { PlainStep, type StepWrites } from '../records/plainStep.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import { scanAll } from '../records/scanAll.ts';
import { backoffMs } from '../relay/backoff.ts';
import { getBlob } from '../relay/blobTransfer.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { SealedRefusal } from '../sealedIntents.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { WaitingRecord } from './sealedRecords.ts';

/** A sealed message that is here, or why it will not come. */
export interface CameSealed extends Pick<Entry, 'seq' | 'receivedAtMs'> {
  readonly sourceId: SealedDelivery['sourceId'];
  /** The compact JWE, or the entry that it should have been in. */
  readonly payload: Uint8Array;
  readonly refused?: SealedRefusal;
}

/** Takes a message in; `noted` goes into the same transaction. Rejects with `ConnectionLost`, `VaultError`. */
export type TakeSealed = (came: CameSealed, noted: (step: StepWrites) => void) => Promise<void>;

type Stored = Extract<SealedDelivery, { readonly stored: object }>;

/**
 * Large sealed messages, on their way from the relay one after another while everything else goes on. What is to come
 * is written down with the inbox's cursor; the relay is told to forget it in the transaction that stores the message.
 */
export class WaitingMessages {
  #waiting: readonly WaitingRecord[] = [];
  #got: { readonly blobId: BlobId; readonly chunks: Map<number, Uint8Array> } | undefined;
  #queued = false;
  #closed = false;
  #attempt = 0;
  #cancelRetry: () => void = () => undefined;
  readonly #queue = new SerialQueue();

  constructor(
    private readonly context: RoomContext,
    private readonly take: TakeSealed,
  ) {}

  async load(): Promise<void> {
    const records = await scanAll(this.context.vault, KEYS.sealedWaiting);
    this.#waiting = records.map(({ value }) => decodeRecord<WaitingRecord>(value));
  }

  /** Writes down that there is one to fetch. */
  async add(entry: Entry, { sourceId, stored }: Stored, moveCursor: MoveCursor): Promise<void> {
    const { seq, receivedAtMs } = entry;
    const record: WaitingRecord = { seq, receivedAtMs, sourceId, stored };
    const step = new PlainStep();
    step.write(KEYS.sealedWaitingAt(seq), record);
    moveCursor(step);
    await step.commit(this.context.vault);
    this.#waiting = [...this.#waiting, record];
    this.wake();
  }

  /** Goes on where it can: called whenever the relay is reached. */
  wake(): void {
    if (this.#queued || this.#closed || this.#waiting.length === 0) return;
    this.#queued = true;
    this.#cancelRetry();
    void this.#queue.run(() => this.#work());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry();
    await this.#queue.idle();
  }

  async #work(): Promise<void> {
    this.#queued = false;
    try {
      for (const record of this.#waiting) {
        if (this.#closed || !this.context.link.online) return;
        await this.#bring(record);
        this.#attempt = 0;
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  async #bring(record: WaitingRecord): Promise<void> {
    const { seq, receivedAtMs, sourceId, stored } = record;
    const came = { seq, receivedAtMs, sourceId, ...(await this.#fetch(stored)) };
    await this.take(came, step => {
      step.write(KEYS.sealedWaitingAt(seq), null);
      this.context.errands.add(step, { type: 'deleteBlob', blobId: stored.blobId });
      step.afterwards(() => {
        this.#waiting = this.#waiting.filter(other => other.seq !== seq);
        this.#got = undefined;
      });
    });
  }

  /** Rejects with `ConnectionLost` or `RelayFailure`: what came until then stays. */
  async #fetch({
    blobId,
    sizeBytes,
    hash,
  }: WaitingRecord['stored']): Promise<Pick<CameSealed, 'payload' | 'refused'>> {
    const chunkCount = Math.ceil(sizeBytes / LIMITS.blobChunkBytes);
    if (this.#got?.blobId !== blobId) this.#got = { blobId, chunks: new Map() };
    const { chunks } = this.#got;
    try {
      await getBlob(this.context.link, { blobId, chunkCount }, chunks);
    } catch (error) {
      if (!(error instanceof RelayFailure) || error.code !== 'NOT_FOUND') throw error;
      return { payload: new Uint8Array(0), refused: 'gone' };
    }
    const payload = joined(chunks, sizeBytes);
    const isIt = this.context.env.provider.hash('SHA-256', payload).join() === hash.join();
    return isIt ? { payload } : { payload, refused: 'cannot-open' };
  }

  #failed(error: unknown): void {
    // Without a connection it goes on when there is one.
    if (this.#closed || error instanceof ConnectionLost) return;
    const full = error instanceof VaultError && error.code === 'QUOTA_EXCEEDED';
    if (!full && !(error instanceof RelayFailure)) {
      this.context.events.stop('storage-failed');
      return;
    }
    const waitAtLeastMs = error instanceof RelayFailure ? error.retryAfterMs : 0;
    const delayMs = Math.max(waitAtLeastMs, backoffMs(this.#attempt++, this.context.random));
    this.#cancelRetry = this.context.clock.setTimer(delayMs, () => this.wake());
  }
}

/** The chunks in order; what is not as long as it should be has another hash. */
function joined(chunks: ReadonlyMap<number, Uint8Array>, sizeBytes: number): Uint8Array {
  const whole = new Uint8Array(sizeBytes);
  for (const [index, chunk] of chunks) {
    const at = index * LIMITS.blobChunkBytes;
    whole.set(chunk.subarray(0, Math.max(0, sizeBytes - at)), Math.min(at, sizeBytes));
  }
  return whole;
}
