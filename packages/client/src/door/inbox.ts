import type { Entry, InviteToken, StreamId, StreamStatus } from '@sotto/protocol';
import { type Vault, VaultError } from '@sotto/vault';
import type { StopReason } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import type { StepWrites } from '../records/plainStep.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import type { RelayLink } from '../relay/relayLink.ts';
import { SerialQueue } from '../serialQueue.ts';

/** Puts the inbox's cursor into the transaction that stores what the entry was for. */
export type MoveCursor = (step: StepWrites) => void;

export interface InboxReaders {
  /** Somebody knocks; false when no room has such an invite. */
  request(entry: Entry, token: InviteToken, moveCursor: MoveCursor): Promise<boolean>;
  /** An answer or a Welcome; false when nobody here has asked. */
  reply(entry: Entry, moveCursor: MoveCursor): Promise<boolean>;
  /** A sealed message; false when it changes nothing. */
  sealed(entry: Entry, moveCursor: MoveCursor): Promise<boolean>;
  stop(reason: StopReason): void;
}

/** This device's own stream at the relay: join requests, their answers, and Welcomes. One entry after another. */
export class Inbox {
  #cursorSeq = 0;
  #early: (readonly Entry[])[] | undefined;
  /** The session went while an entry was read: what follows waits for the next one, which brings it again. */
  #broken = false;
  readonly #queue = new SerialQueue();

  constructor(
    readonly streamId: StreamId,
    private readonly vault: Vault,
    private readonly link: Pick<RelayLink, 'request' | 'tell' | 'restart'>,
    private readonly readers: InboxReaders,
  ) {}

  async load(): Promise<void> {
    const record = await this.vault.read(KEYS.inbox);
    if (record !== undefined) this.#cursorSeq = decodeRecord<{ cursorSeq: number }>(record).cursorSeq;
  }

  async attach(): Promise<void> {
    this.#early = [];
    this.#broken = false;
    try {
      const answer = await this.link.request({
        type: 'subscribe',
        streamId: this.streamId,
        afterSeq: this.#cursorSeq,
      });
      if (answer.type === 'subscribed') await this.#queue.run(async () => this.#attachedTo(answer.status));
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const entries of early) this.receive(entries);
    } catch (error) {
      if (error instanceof RelayFailure) this.link.restart();
      else if (error instanceof VaultError) this.readers.stop('storage-failed');
    }
  }

  receive(entries: readonly Entry[]): void {
    if (this.#early !== undefined) {
      this.#early.push(entries);
      return;
    }
    void this.#queue
      .run(() => this.#receive(entries))
      .catch(error => {
        if (error instanceof ConnectionLost) this.#broken = true;
        else this.readers.stop('storage-failed');
      });
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #attachedTo(status: StreamStatus): Promise<void> {
    if (status.acknowledgedSeq > this.#cursorSeq) return this.readers.stop('rolled-back');
    // What has expired at the relay were knocks and answers: who still wants in knocks again.
    if (status.lostUpToSeq > this.#cursorSeq) await this.#passOver(status.lostUpToSeq);
    // A connection or a program that ended after storing and before acknowledging: the relay waits for it still.
    if (this.#cursorSeq > status.acknowledgedSeq) {
      this.link.tell({ type: 'acknowledge', streamId: this.streamId, seq: this.#cursorSeq });
    }
  }

  async #receive(entries: readonly Entry[]): Promise<void> {
    const before = this.#cursorSeq;
    for (const entry of entries) {
      if (this.#broken || entry.seq <= this.#cursorSeq) continue;
      if (!(await this.#read(entry))) await this.#passOver(entry.seq);
    }
    if (this.#cursorSeq > before) {
      this.link.tell({ type: 'acknowledge', streamId: this.streamId, seq: this.#cursorSeq });
    }
  }

  #read(entry: Entry): Promise<boolean> {
    const moveCursor: MoveCursor = step => {
      step.write(KEYS.inbox, { cursorSeq: entry.seq });
      step.afterwards(() => {
        this.#cursorSeq = entry.seq;
      });
    };
    if (entry.kind === 'request' && entry.inviteToken !== undefined) {
      return this.readers.request(entry, entry.inviteToken, moveCursor);
    }
    if (entry.kind === 'sealed') return this.readers.sealed(entry, moveCursor);
    if (entry.kind === 'answer' || entry.kind === 'welcome') return this.readers.reply(entry, moveCursor);
    return Promise.resolve(false);
  }

  async #passOver(seq: number): Promise<void> {
    await this.vault.commit([{ key: KEYS.inbox, value: encodeRecord({ cursorSeq: seq }) }]);
    this.#cursorSeq = seq;
  }
}
