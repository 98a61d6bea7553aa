import { ProtocolError } from '../errors.ts';
import { Handle } from '../handle.ts';
import { InviteToken } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import type { MessageCodec } from './message.ts';
import { WIRE, type WireReader } from './reader.ts';
import { utf8Encode, type WireWriter } from './writer.ts';

/** Protobuf's name of a field's type; a test holds it against the descriptors generated from the schema. */
type FieldKind = 'uint32' | 'uint64' | 'bool' | 'enum' | 'bytes' | 'string' | 'message';

/** One field of a message: its number in the schema, its one decoder and its one encoder. */
export interface Field<T> {
  readonly number: number;
  readonly kind: FieldKind;
  readonly repeated?: boolean;
  /** Presence is kept apart from the default value (`optional` in the schema). */
  readonly explicit?: boolean;
  readonly enumeration?: Enumeration<string>;
  readonly message?: MessageCodec<unknown>;
  readonly read: (reader: WireReader) => T;
  /** Writes tag and value, or nothing for the default. Throws `TOO_LARGE` where `read` would. */
  readonly write: (writer: WireWriter, value: T) => void;
  /** What a missing field means; throws `MALFORMED` where it must be there. */
  readonly absent: (name: string) => T;
  /** Repeated integers in one length-delimited value (proto3's default for them). */
  readonly packed?: boolean;
  /** For repeated fields: the most items that are taken. */
  readonly maxItems?: number;
}

/** The words of an enum by their number in the schema; 0, the unspecified one, has none. */
export type Enumeration<Word extends string> = readonly [undefined, ...Word[]];

const missing = (name: string): never => {
  throw new ProtocolError('MALFORMED', `${name} is missing`);
};

function tooLarge(maxBytes: number): ProtocolError {
  return new ProtocolError('TOO_LARGE', `a field holds at most ${maxBytes} bytes`);
}

function checked(value: number, kind: 'uint32' | 'uint64', max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new ProtocolError('MALFORMED', `not a ${kind}`);
}

function integer(number: number, kind: 'uint32' | 'uint64', max: number): Field<number> {
  return {
    number,
    kind,
    read: reader => (kind === 'uint32' ? reader.uint32() : reader.varint()),
    write(writer, value) {
      if (checked(value, kind, max) === 0) return;
      writer.tag(number, WIRE.varint);
      writer.varint(value);
    },
    absent: () => 0,
  };
}

export const uint32 = (number: number): Field<number> => integer(number, 'uint32', 0xffff_ffff);

/** A 64-bit integer of the schema, held to the 53 bits that a number keeps exactly. */
export const uint64 = (number: number): Field<number> => integer(number, 'uint64', Number.MAX_SAFE_INTEGER);

/** A `uint64` of which 0 means `undefined`, and all else lies between `min` and `max`. */
export function boundedUint64(number: number, min: number, max: number): Field<number | undefined> {
  const field = uint64(number);
  const check = (value: number): number => {
    if (value >= min && value <= max) return value;
    throw new ProtocolError('MALFORMED', `field ${number} is 0, or from ${min} to ${max}`);
  };
  return {
    ...field,
    read(reader) {
      const value = field.read(reader);
      return value === 0 ? undefined : check(value);
    },
    write: (writer, value) => value !== undefined && field.write(writer, check(value)),
    absent: () => undefined,
  };
}

/** `optional uint64`: `undefined` when absent, and 0 is written. */
export function optionalUint64(number: number): Field<number | undefined> {
  const field = uint64(number);
  return {
    ...field,
    explicit: true,
    write(writer, value) {
      if (value !== 0) return field.write(writer, value ?? 0);
      writer.tag(number, WIRE.varint);
      writer.varint(0);
    },
    absent: () => undefined,
  };
}

export function bool(number: number): Field<boolean> {
  return {
    number,
    kind: 'bool',
    read: reader => reader.bool(),
    write(writer, value) {
      if (!value) return;
      writer.tag(number, WIRE.varint);
      writer.varint(1);
    },
    absent: () => false,
  };
}

/** A word of `words`; required, and a number beyond them is `UNSUPPORTED`. */
export function enumeration<Word extends string>(number: number, words: Enumeration<Word>): Field<Word> {
  return {
    number,
    kind: 'enum',
    enumeration: words,
    read(reader) {
      const value = reader.uint32();
      if (value === 0) return missing(`enum ${number}`);
      const word = words[value];
      if (word === undefined) throw new ProtocolError('UNSUPPORTED', `unknown enum value ${value}`);
      return word;
    },
    write(writer, word) {
      const value = words.indexOf(word);
      if (value < 1) throw new ProtocolError('MALFORMED', 'unknown word of an enum');
      writer.tag(number, WIRE.varint);
      writer.varint(value);
    },
    absent: missing,
  };
}

/** As `enumeration`, but a missing one, or 0, means `otherwise`, which is not written. */
export function enumerationOr<Word extends string>(
  number: number,
  words: Enumeration<Word>,
  otherwise: Word,
): Field<Word> {
  const field = enumeration(number, words);
  return {
    ...field,
    read(reader) {
      const value = reader.uint32();
      const word = value === 0 ? otherwise : words[value];
      if (word === undefined) throw new ProtocolError('UNSUPPORTED', `unknown enum value ${value}`);
      return word;
    },
    write: (writer, word) => word !== otherwise && field.write(writer, word),
    absent: () => otherwise,
  };
}

/** Up to `maxBytes` bytes; missing means empty. */
export function bytes(number: number, maxBytes: number): Field<Uint8Array> {
  return {
    number,
    kind: 'bytes',
    read: reader => reader.copy(maxBytes),
    write(writer, value) {
      if (value.length > maxBytes) throw tooLarge(maxBytes);
      if (value.length === 0) return;
      writer.tag(number, WIRE.delimited);
      writer.delimited(value);
    },
    absent: () => new Uint8Array(0),
  };
}

/** As `bytes`, but there must be at least one. */
export function someBytes(number: number, maxBytes: number): Field<Uint8Array> {
  const field = bytes(number, maxBytes);
  return {
    ...field,
    read(reader) {
      const value = field.read(reader);
      return value.length > 0 ? value : missing(`field ${number}`);
    },
    write: (writer, value) => (value.length > 0 ? field.write(writer, value) : missing(`field ${number}`)),
    absent: missing,
  };
}

/** As `bytes`; none mean `undefined`. */
export function optionalBytes(number: number, maxBytes: number): Field<Uint8Array | undefined> {
  const field = bytes(number, maxBytes);
  return {
    ...field,
    read(reader) {
      const value = field.read(reader);
      return value.length === 0 ? undefined : value;
    },
    write: (writer, value) => value !== undefined && field.write(writer, value),
    absent: () => undefined,
  };
}

/** Exactly `sizeBytes` bytes. */
export function exactBytes(number: number, sizeBytes: number): Field<Uint8Array> {
  const field = bytes(number, sizeBytes);
  const check = (value: Uint8Array): Uint8Array => {
    if (value.length === sizeBytes) return value;
    throw new ProtocolError('MALFORMED', `field ${number} has ${sizeBytes} bytes`);
  };
  return {
    ...field,
    read: reader => check(field.read(reader)),
    write: (writer, value) => field.write(writer, check(value)),
    absent: missing,
  };
}

/** A text of up to `maxBytes` bytes of UTF-8; missing means empty. */
export function text(number: number, maxBytes: number): Field<string> {
  return {
    number,
    kind: 'string',
    read: reader => reader.text(maxBytes),
    write(writer, value) {
      if (value === '') return;
      const encoded = utf8Encode(value);
      if (encoded.length > maxBytes) throw tooLarge(maxBytes);
      writer.tag(number, WIRE.delimited);
      writer.delimited(encoded);
    },
    absent: () => '',
  };
}

/** What `id` needs of the codecs in ids.ts. */
interface IdBytes<T> {
  readonly sizeBytes: number;
  fromBytes(bytes: Uint8Array): T;
  toBytes(id: T): Uint8Array;
}

/** An id: bytes on the wire, its branded text in code. */
export function id<T>(number: number, codec: IdBytes<T>): Field<T> {
  return {
    number,
    kind: 'bytes',
    read: reader => codec.fromBytes(reader.copy(codec.sizeBytes)),
    write(writer, value) {
      writer.tag(number, WIRE.delimited);
      writer.delimited(codec.toBytes(value));
    },
    absent: missing,
  };
}

/** As `id`; no bytes mean `undefined`. */
export function optionalId<T>(number: number, codec: IdBytes<T>): Field<T | undefined> {
  const field = id(number, codec);
  return {
    ...field,
    read(reader) {
      const value = reader.copy(codec.sizeBytes);
      return value.length === 0 ? undefined : codec.fromBytes(value);
    },
    write: (writer, value) => value !== undefined && field.write(writer, value),
    absent: () => undefined,
  };
}

/** A handle, exactly as it is registered: no `@`, no capitals. */
export function handle(number: number): Field<Handle> {
  const field = text(number, LIMITS.handleMaxChars);
  const check = (value: string): Handle => {
    if (Handle.is(value)) return value;
    throw new ProtocolError('BAD_ID', 'not a Handle');
  };
  return {
    ...field,
    read: reader => check(field.read(reader)),
    write: (writer, value) => field.write(writer, check(value)),
    absent: missing,
  };
}

const TOKEN_BYTES = 24;

/** The token of an invite. */
export function token(number: number): Field<InviteToken> {
  const field = text(number, TOKEN_BYTES);
  return {
    ...field,
    read: reader => InviteToken.parse(field.read(reader)),
    write: (writer, value) => field.write(writer, value),
    absent: missing,
  };
}

/** As `token`; an empty text means `undefined`. */
export function optionalToken(number: number): Field<InviteToken | undefined> {
  const field = text(number, TOKEN_BYTES);
  return {
    ...field,
    read(reader) {
      const value = field.read(reader);
      return value === '' ? undefined : InviteToken.parse(value);
    },
    write: (writer, value) => field.write(writer, value ?? ''),
    absent: () => undefined,
  };
}

/** A message inside a message; required. */
export function nested<T>(number: number, codec: MessageCodec<T>): Field<T> {
  return {
    number,
    kind: 'message',
    message: codec,
    read: reader => reader.nested(inner => codec.read(inner)),
    write(writer, value) {
      writer.tag(number, WIRE.delimited);
      writer.nested(inner => codec.write(inner, value));
    },
    absent: missing,
  };
}

/** As `nested`; absent means `undefined`. */
export function optionalNested<T>(number: number, codec: MessageCodec<T>): Field<T | undefined> {
  const field = nested(number, codec);
  return {
    ...field,
    message: codec as MessageCodec<T | undefined>,
    write: (writer, value) => value !== undefined && field.write(writer, value),
    absent: () => undefined,
  };
}

/** Up to `maxItems` of a field that must not be empty itself (an id, some bytes, a message). */
export function list<T>(item: Field<T>, maxItems: number): Field<readonly T[]> {
  return {
    number: item.number,
    kind: item.kind,
    repeated: true,
    maxItems,
    ...(item.message && { message: item.message }),
    read: reader => [item.read(reader)],
    write(writer, values) {
      if (values.length > maxItems) throw new ProtocolError('TOO_LARGE', `a list holds at most ${maxItems}`);
      for (const value of values) item.write(writer, value);
    },
    absent: () => [],
  };
}

/** One of a closed list of words, kept as text on the wire so that logs can be read. */
export function word<Word extends string>(number: number, words: readonly Word[]): Field<Word> {
  const field = text(number, 64);
  return {
    ...field,
    read(reader) {
      const value = field.read(reader);
      if (!(words as readonly string[]).includes(value)) {
        throw new ProtocolError('UNSUPPORTED', `field ${number} holds an unknown word`);
      }
      return value as Word;
    },
    write: (writer, value) => field.write(writer, value),
    absent: missing,
  };
}

/** Up to `maxItems` 64-bit integers of the schema, packed; below 2^53 each. */
export function uint64List(number: number, maxItems: number): Field<readonly number[]> {
  const item = uint64(number);
  return {
    number,
    kind: 'uint64',
    repeated: true,
    packed: true,
    maxItems,
    read: reader =>
      reader.nested(inner => {
        const values: number[] = [];
        while (!inner.done) {
          if (values.length === maxItems)
            throw new ProtocolError('TOO_LARGE', `a list holds at most ${maxItems}`);
          values.push(item.read(inner));
        }
        return values;
      }),
    write(writer, values) {
      if (values.length > maxItems) throw new ProtocolError('TOO_LARGE', `a list holds at most ${maxItems}`);
      if (values.length === 0) return;
      writer.tag(number, WIRE.delimited);
      writer.nested(inner => {
        for (const value of values) inner.varint(checked(value, 'uint64', Number.MAX_SAFE_INTEGER));
      });
    },
    absent: () => [],
  };
}
