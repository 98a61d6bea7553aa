import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { piecesOf } from './fileBytes.ts';
import type { ArchivedConversation, ArchivedItem, ConversationSource, HistoryRecord } from './history.ts';

const id = (prefix: string) => fc.stringMatching(/^[0-9A-Za-z]{22}$/).map(digits => `${prefix}_${digits}`);
/** Any UTF-16, lone surrogates and controls too. */
export const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map(units => String.fromCharCode(...units)),
  fc.constantFrom('__proto__', 'constructor', '</script>', '\r\n', '"\\', '\u2028', '\ufeff'),
);
const flag = fc.constant(true as const);
const timeMs = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const name = fc.record({ deviceId: id('dev'), name: anyText });
const person = fc.record({
  deviceId: id('dev'),
  name: anyText,
  role: fc.constantFrom('owner' as const, 'admin' as const, 'member' as const, 'guest' as const),
  guest: fc.boolean(),
  self: fc.boolean(),
});

const side = fc.integer({ min: 1, max: 0xffff_ffff });
const file = fc
  .record(
    {
      name: anyText,
      mediaType: fc.constantFrom('image/png', 'text/plain', ''),
      sizeBytes: fc.integer({ min: 1, max: 32 * 1_048_576 }),
      sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
      sides: fc.record({ width: side, height: side }),
      thumbnail: fc.constant('_9j_2w'),
    },
    { requiredKeys: ['name', 'mediaType', 'sizeBytes', 'sha256'] },
  )
  .map(({ sides, ...rest }) => ({ ...rest, ...sides, included: false }));

const said = fc.record(
  {
    kind: fc.constant('message' as const),
    messageId: id('msg'),
    author: person,
    text: anyText,
    sentAtMs: timeMs,
    replyTo: fc.record({ messageId: id('msg'), name: anyText, text: anyText }),
    file,
    edited: flag,
    reactions: fc.array(fc.record({ emoji: anyText, count: fc.nat(), own: fc.boolean() }), { maxLength: 3 }),
  },
  { requiredKeys: ['kind', 'messageId', 'author', 'text', 'sentAtMs'] },
);
const unsaid = fc.record({
  kind: fc.constant('message' as const),
  messageId: id('msg'),
  author: person,
  text: fc.constant(''),
  sentAtMs: timeMs,
  deleted: flag,
});
const event = fc.oneof(
  fc.record({ type: fc.constant('created' as const) }),
  fc.record({ type: fc.constant('joined' as const), who: name, guest: fc.boolean(), self: fc.boolean() }),
  fc.record({ type: fc.constant('left' as const), who: name, self: fc.boolean() }),
  fc.record({ type: fc.constant('removed' as const), who: name, by: name, self: fc.boolean() }),
  fc.record({ type: fc.constantFrom('paused' as const, 'resumed' as const, 'ended' as const), by: name }),
  fc.record({ type: fc.constant('title' as const), by: name, title: anyText, self: fc.boolean() }),
  fc.record({ type: fc.constant('picture' as const), by: name, on: fc.boolean(), self: fc.boolean() }),
  fc.record({ type: fc.constant('timer' as const), by: name, seconds: fc.nat(), self: fc.boolean() }),
);
const happened = fc.record({ kind: fc.constant('event' as const), atMs: timeMs, event });
const missing = fc.record({
  kind: fc.constant('gap' as const),
  atMs: timeMs,
  cause: fc.constantFrom(
    'undecryptable' as const,
    'missing' as const,
    'expired-at-relay' as const,
    'unsupported' as const,
  ),
  count: fc.nat(),
});

export interface Told {
  readonly conversation: ArchivedConversation;
  readonly items: readonly ArchivedItem[];
}

const told: fc.Arbitrary<Told> = fc.record({
  conversation: fc.record({
    id: id('str'),
    title: anyText,
    startedAtMs: timeMs,
    condition: fc.constantFrom('open' as const, 'paused' as const, 'ended' as const),
    members: fc.array(person, { maxLength: 4 }),
  }),
  items: fc
    .array(fc.oneof({ weight: 3, arbitrary: said }, unsaid, happened, missing), { maxLength: 12 })
    .map(items => items.map((item, place) => ({ ...item, order: place * 2048 }) as ArchivedItem)),
});

export const histories: fc.Arbitrary<readonly Told[]> = fc.array(told, { maxLength: 3 });

/** Made one at a time, as from a store. */
export function sourceOf({ conversation, items }: Told): ConversationSource {
  return {
    conversation,
    itemCount: items.length,
    items: async function* () {
      yield* items;
    },
  };
}

export function recordsOf(history: readonly Told[]): HistoryRecord[] {
  return history.flatMap(({ conversation, items }): HistoryRecord[] => [
    { kind: 'conversation', conversation },
    ...items.map(item => ({ kind: 'item' as const, item })),
  ]);
}

const mara = { deviceId: 'dev_mara', name: 'Mara', role: 'owner', guest: false, self: true } as const;
const noor = { deviceId: 'dev_noor', name: 'Noor', role: 'guest', guest: true, self: false } as const;

/** A conversation of so many short messages. */
export function chatOf(messages: number, text = (place: number) => `message ${place}`): Told {
  return {
    conversation: {
      id: 'str_chat',
      title: 'Saturday plans',
      startedAtMs: 1_760_000_000_000,
      condition: 'open',
      members: [mara, noor],
    },
    items: Array.from({ length: messages }, (_, place) => ({
      kind: 'message',
      order: place,
      messageId: `msg_${place}`,
      author: place % 3 === 0 ? mara : noor,
      text: text(place),
      sentAtMs: 1_760_000_000_000 + place * 60_000,
    })),
  };
}

export interface ToldFile {
  readonly told: Told;
  readonly content: Uint8Array;
}

/** A conversation of three messages: the second brings a file, whose bytes are there. */
export function chatWithFile(sizeBytes: number): ToldFile {
  const content = Uint8Array.from({ length: sizeBytes }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
  const sent = {
    name: 'Plan.pdf',
    mediaType: 'application/pdf',
    sizeBytes,
    sha256: bytesToHex(sha256(content)),
    included: true,
  };
  const { conversation, items } = chatOf(3);
  const told = { conversation, items: items.map((item, at) => (at === 1 ? { ...item, file: sent } : item)) };
  return { told: told as Told, content };
}

/** With the bytes where they are wanted, else listed. */
export function sourceWithFile({ told, content }: ToldFile): ConversationSource {
  return {
    conversation: told.conversation,
    itemCount: told.items.length,
    items: async function* (withBytes) {
      for (const item of told.items) {
        if (item.kind !== 'message' || item.file === undefined) yield item;
        else {
          yield { ...item, file: { ...item.file, included: withBytes } };
          if (withBytes) for (const bytes of piecesOf(content)) yield { kind: 'bytes', bytes };
        }
      }
    },
  };
}

export async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}
