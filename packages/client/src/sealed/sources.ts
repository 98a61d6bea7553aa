import {
  CoreError,
  makeSourceToken,
  openSourceAbout,
  type SourceAbout,
  type SourceToken,
  sealSourceAbout,
} from '@sotto/core';
import { LIMITS, type SealedSource, type SourceId } from '@sotto/protocol';
import { ClientError } from '../intents.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { SourceChange, SourceView } from '../sealedIntents.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { SourcesRecord } from './sealedRecords.ts';

const PER_HOUR = 60;
/** For a source that keeps its token. */
const KEPT = new Uint8Array(0);

/** Who may post to this account with a token. The relay lists them; what they are called only own devices can read. */
export class Sources {
  #sources: readonly SourceView[] = [];
  readonly #queue = new SerialQueue();

  constructor(
    private readonly context: RoomContext,
    private readonly changed: () => void,
  ) {}

  async load(): Promise<void> {
    const kept = await this.context.vault.read(KEYS.sealedSources);
    if (kept !== undefined) this.#sources = decodeRecord<SourcesRecord>(kept).sources;
  }

  get view(): readonly SourceView[] {
    return this.#sources;
  }

  find(sourceId: SourceId): SourceView | undefined {
    return this.#sources.find(source => source.sourceId === sourceId);
  }

  make(name: string, perHour = PER_HOUR): Promise<SourceToken> {
    return this.#queue.run(async () => {
      const made = makeSourceToken(this.context.env);
      await this.#put(made, { name, muted: false }, perHour);
      return made;
    });
  }

  /** Gives it another token. */
  renew(sourceId: SourceId): Promise<SourceToken> {
    return this.#queue.run(async () => {
      const { name, muted, perHour } = this.#known(sourceId);
      const made = makeSourceToken(this.context.env, sourceId);
      await this.#put(made, { name, muted }, perHour);
      return made;
    });
  }

  change(sourceId: SourceId, change: SourceChange): Promise<void> {
    return this.#queue.run(async () => {
      const { name, muted, perHour } = { ...this.#known(sourceId), ...change };
      await this.#put({ sourceId, tokenHash: KEPT }, { name, muted }, perHour);
    });
  }

  revoke(sourceId: SourceId): Promise<void> {
    return this.#queue.run(async () => {
      await this.context.link.request({ type: 'revokeSealedSource', sourceId });
      await this.#fetch();
    });
  }

  refresh(): Promise<void> {
    return this.#queue.run(() => this.#fetch());
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #put(
    { sourceId, tokenHash }: Pick<SourceToken, 'sourceId' | 'tokenHash'>,
    about: SourceAbout,
    perHour: number,
  ): Promise<void> {
    const { env, identity, link } = this.context;
    if (!Number.isInteger(perHour) || perHour < 1 || perHour > LIMITS.sealedPerHour)
      throw new ClientError('NOT_ALLOWED', `1 to ${LIMITS.sealedPerHour} messages an hour`);
    const sealedAbout = sealSourceAbout(env, identity, sourceId, about);
    try {
      await link.request({ type: 'putSealedSource', sourceId, tokenHash, sealedAbout, perHour });
    } catch (error) {
      const tooMany = error instanceof RelayFailure && error.code === 'TOO_LARGE';
      throw tooMany ? new ClientError('TOO_MANY_SOURCES', 'the account has as many as it can') : error;
    }
    await this.#fetch();
  }

  async #fetch(): Promise<void> {
    const answer = await this.context.link.request({ type: 'listSealedSources' });
    if (answer.type !== 'sealedSources') return;
    const sources = answer.sources.map(source => this.#viewOf(source));
    const record: SourcesRecord = { sources };
    await this.context.vault.commit([{ key: KEYS.sealedSources, value: encodeRecord(record) }]);
    this.#sources = sources;
    this.changed();
  }

  #viewOf({ sourceId, sealedAbout, perHour, createdAtMs }: SealedSource): SourceView {
    const about = this.#aboutOf(sourceId, sealedAbout);
    return { sourceId, ...about, perHour, createdAtMs };
  }

  #aboutOf(sourceId: SourceId, sealed: Uint8Array): SourceAbout {
    try {
      return openSourceAbout(this.context.env, this.context.identity, sourceId, sealed);
    } catch (error) {
      if (error instanceof CoreError) return { name: '', muted: false };
      throw error;
    }
  }

  #known(sourceId: SourceId): SourceView {
    const known = this.find(sourceId);
    if (known === undefined) throw new ClientError('UNKNOWN_SOURCE', 'there is no such source');
    return known;
  }
}
