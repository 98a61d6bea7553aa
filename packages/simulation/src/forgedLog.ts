import type { ClientBody, Entry, ServerBody, StreamId, StreamStatus } from '@sotto/protocol';

/** What a victim gets in place of an entry; the numbers are given anew. */
export type Tampering = (entry: Entry) => readonly Entry[];

interface Forged {
  readonly entry: Entry;
  /** The true seq that is behind the victim once it has this one. */
  readonly trueSeq: number;
}

/**
 * A stream as an evil relay shows it to one victim: entries left out, made up, changed and swapped, and everything
 * else that is said of the stream (numbers, heads, epochs, cursors) made to fit.
 */
export class ForgedLog {
  #forged: Forged[] = [];
  #firstTrueSeq = 0;
  #seenUpTo = 0;
  /** Commits that the victim was shown beyond those that there are. */
  #extraCommits = 0;
  #begun = false;

  constructor(
    readonly streamId: StreamId,
    private readonly tamper: Tampering,
  ) {}

  /** The relay's word to the victim, as the victim hears it. */
  toVictim(body: ServerBody): readonly ServerBody[] {
    switch (body.type) {
      case 'entries': {
        if (body.streamId !== this.streamId) return [body];
        const entries = body.entries.flatMap(entry => this.#shown(entry));
        return entries.length === 0 ? [] : [{ ...body, entries }];
      }
      case 'subscribed':
      case 'streamChanged':
        return body.status.streamId === this.streamId
          ? [{ ...body, status: this.#status(body.status) }]
          : [body];
      case 'authenticated':
        return [
          {
            ...body,
            streams: body.streams.map(status =>
              status.streamId === this.streamId ? this.#status(status) : status,
            ),
          },
        ];
      case 'failure':
        return body.code === 'EPOCH_CONFLICT'
          ? [{ ...body, epoch: body.epoch + this.#extraCommits, seq: this.#shownSeq(body.seq) }]
          : [body];
      default:
        return [body];
    }
  }

  /** The victim's word to the relay, as it would have been without the lies. */
  fromVictim(body: ClientBody): ClientBody {
    if (!('streamId' in body) || body.streamId !== this.streamId) return body;
    switch (body.type) {
      case 'acknowledge':
        return { ...body, seq: this.#trueSeq(body.seq) };
      case 'subscribe':
        return { ...body, afterSeq: this.#trueSeq(body.afterSeq) };
      case 'append':
        return body.expectEpoch === undefined
          ? body
          : { ...body, expectEpoch: body.expectEpoch - this.#extraCommits };
      default:
        return body;
    }
  }

  /** The answer to an append of the victim. */
  appended(seq: number): number {
    return this.#shownSeq(seq);
  }

  #shown(entry: Entry): readonly Entry[] {
    if (!this.#begun) {
      this.#begun = true;
      this.#firstTrueSeq = entry.seq;
      this.#seenUpTo = entry.seq - 1;
    }
    // Asked for again: the same lie again.
    if (entry.seq <= this.#seenUpTo) {
      return this.#forged.filter(({ trueSeq }) => trueSeq === entry.seq).map(forged => forged.entry);
    }
    const shown = this.tamper(entry).map((made, i) => ({
      ...made,
      seq: this.#firstTrueSeq + this.#forged.length + i,
    }));
    this.#seenUpTo = entry.seq;
    this.#forged.push(...shown.map(made => ({ entry: made, trueSeq: entry.seq })));
    const commits = (entries: readonly Entry[]) => entries.filter(({ kind }) => kind === 'commit').length;
    this.#extraCommits += commits(shown) - commits([entry]);
    return shown;
  }

  #status(status: StreamStatus): StreamStatus {
    return {
      ...status,
      headSeq: this.#shownSeq(status.headSeq),
      acknowledgedSeq: this.#shownSeq(status.acknowledgedSeq),
      epoch: status.epoch + this.#extraCommits,
    };
  }

  #shownSeq(trueSeq: number): number {
    if (!this.#begun || trueSeq < this.#firstTrueSeq) return trueSeq;
    const upTo = this.#forged.filter(forged => forged.trueSeq <= trueSeq).length;
    return this.#firstTrueSeq - 1 + upTo + Math.max(0, trueSeq - this.#seenUpTo);
  }

  #trueSeq(shownSeq: number): number {
    if (!this.#begun || shownSeq < this.#firstTrueSeq) return shownSeq;
    const last = this.#forged[Math.min(shownSeq - this.#firstTrueSeq, this.#forged.length - 1)];
    return last?.trueSeq ?? this.#firstTrueSeq - 1;
  }
}
