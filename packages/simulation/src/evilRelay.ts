import {
  type ClientBody,
  decodeClientFrame,
  decodeServerFrame,
  type Entry,
  encodeClientFrame,
  encodeServerFrame,
  type ServerBody,
  type StreamId,
} from '@sotto/protocol';
import { ForgedLog, type Tampering } from './forgedLog.ts';
import type { SimulatedNetwork } from './simulatedNetwork.ts';
import type { Direction, Wire } from './wire.ts';

/** Changes what a device hears; an empty list keeps it from hearing. */
export type HearsRule = (body: ServerBody, requestId: number) => readonly ServerBody[];
/** Changes what a device says; `undefined` keeps it from being heard. */
export type SaysRule = (body: ClientBody, requestId: number) => ClientBody | undefined;

/**
 * The real relay, with somebody in front of it who reads and rewrites every frame. It has what a relay has:
 * ciphertext, ids, numbers and times; it has no key.
 */
export class EvilRelay implements Wire {
  readonly #logs = new Map<string, ForgedLog>();
  readonly #hears = new Map<string, HearsRule>();
  readonly #says = new Map<string, SaysRule>();
  readonly #appends = new Map<string, StreamId>();
  readonly #corruptions = new Map<string, (frame: Uint8Array) => Uint8Array>();
  /** Every entry that went to anyone, by stream: what can be replayed. */
  readonly #archive = new Map<StreamId, Map<number, Entry>>();
  readonly #inboxes = new Map<string, StreamId>();
  #network: SimulatedNetwork | undefined;

  /** For `inject`. */
  attach(network: SimulatedNetwork): void {
    this.#network = network;
  }

  /** Shows one victim another log of a stream, from the next entry on. */
  forgeLog(who: string, streamId: StreamId, tamper: Tampering): void {
    this.#logs.set(`${who}/${streamId}`, new ForgedLog(streamId, tamper));
  }

  /** Rewrites what a device hears of the relay, before logs are forged. */
  whenHearing(who: string, rule: HearsRule | undefined): void {
    setOrDelete(this.#hears, who, rule);
  }

  /** Rewrites what a device says. */
  whenSaying(who: string, rule: SaysRule | undefined): void {
    setOrDelete(this.#says, who, rule);
  }

  /** Damages the bytes of frames on their way to a device. */
  corrupt(who: string, damage: ((frame: Uint8Array) => Uint8Array) | undefined): void {
    setOrDelete(this.#corruptions, who, damage);
  }

  /** Says something to a device that nobody asked for, or in answer to `requestId`. */
  tell(who: string, body: ServerBody, requestId = 0): void {
    this.#network?.inject(who, encodeServerFrame({ requestId, body }));
  }

  /** Each device's inbox, as it was told on its first session. */
  get inboxes(): ReadonlyMap<string, StreamId> {
    return this.#inboxes;
  }

  /** What has gone over a stream so far, in order. */
  entriesOf(streamId: StreamId): readonly Entry[] {
    return [...(this.#archive.get(streamId)?.values() ?? [])].sort((a, b) => a.seq - b.seq);
  }

  pass(direction: Direction, who: string, frame: Uint8Array): readonly Uint8Array[] {
    return direction === 'to-relay' ? this.#passUp(who, frame) : this.#passDown(who, frame);
  }

  #passUp(who: string, frame: Uint8Array): readonly Uint8Array[] {
    const { requestId, body } = decodeClientFrame(frame);
    const rule = this.#says.get(who);
    const said = rule === undefined ? body : rule(body, requestId);
    if (said === undefined) return [];
    if (said.type === 'append') this.#appends.set(`${who}/${requestId}`, said.streamId);
    const truth = this.#logsOf(who).reduce<ClientBody>((heard, log) => log.fromVictim(heard), said);
    return truth === body ? [frame] : [encodeClientFrame({ requestId, body: truth })];
  }

  #passDown(who: string, frame: Uint8Array): readonly Uint8Array[] {
    const { requestId, body } = decodeServerFrame(frame);
    if (body.type === 'entries') this.#keep(body.streamId, body.entries);
    if (body.type === 'authenticated') {
      for (const { kind, streamId } of body.streams) if (kind === 'inbox') this.#inboxes.set(who, streamId);
    }
    const rule = this.#hears.get(who);
    const heard = rule === undefined ? [body] : rule(body, requestId);
    const forged = heard.flatMap(said => this.#forge(who, requestId, said));
    const damage = this.#corruptions.get(who);
    const frames =
      forged.length === 1 && forged[0] === body ? [frame] : forged.map(said => this.#encode(requestId, said));
    return damage === undefined ? frames : frames.map(damage);
  }

  #forge(who: string, requestId: number, body: ServerBody): readonly ServerBody[] {
    const streamId = this.#appends.get(`${who}/${requestId}`);
    const log = streamId && this.#logs.get(`${who}/${streamId}`);
    if (body.type === 'appended' && log !== undefined) return [{ ...body, seq: log.appended(body.seq) }];
    return this.#logsOf(who).reduce<readonly ServerBody[]>(
      (bodies, each) => bodies.flatMap(said => each.toVictim(said)),
      [body],
    );
  }

  #logsOf(who: string): readonly ForgedLog[] {
    return [...this.#logs].filter(([key]) => key.startsWith(`${who}/`)).map(([, log]) => log);
  }

  #encode(requestId: number, body: ServerBody): Uint8Array {
    return encodeServerFrame({ requestId, body });
  }

  #keep(streamId: StreamId, entries: readonly Entry[]): void {
    const kept = this.#archive.get(streamId) ?? new Map<number, Entry>();
    this.#archive.set(streamId, kept);
    for (const entry of entries) if (!kept.has(entry.seq)) kept.set(entry.seq, entry);
  }
}

function setOrDelete<Value>(map: Map<string, Value>, key: string, value: Value | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
