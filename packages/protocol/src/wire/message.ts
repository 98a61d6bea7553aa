import { ProtocolError } from '../errors.ts';
import type { Field } from './field.ts';
import { WIRE, WireReader } from './reader.ts';
import { WireWriter } from './writer.ts';

/** How one message of the schema is read and written. */
export interface MessageCodec<T> {
  readonly fields: readonly NamedField[];
  /** Field 1 is a version, always 1; any other is `UNSUPPORTED`. It is not part of the value. */
  readonly versioned: boolean;
  /** The alternatives of the message's `oneof body`, if it has one. */
  readonly body?: BodyCodec<{ readonly type: string }>;
  read(reader: WireReader): T;
  /** Throws what `read` would throw for the bytes. */
  write(writer: WireWriter, value: T): void;
}

interface NamedField extends Field<unknown> {
  readonly name: string;
}

/** The alternatives of a `oneof body`, each with the word that stands in `type`. */
export interface BodyCodec<Body extends { readonly type: string }> {
  readonly alternatives: readonly {
    readonly type: Body['type'];
    readonly number: number;
    readonly codec: MessageCodec<unknown>;
  }[];
}

type Fields<T> = { readonly [Name in keyof T]-?: Field<T[Name]> };

/** A message by its fields: each at most once unless repeated, unknown ones passed over (they are additive). */
export function message<T extends object>(fields: Fields<T>): MessageCodec<T> {
  return build<T>(fields as Fields<object>, false, undefined);
}

/** As `message`, with `uint32 version = 1` before the fields. */
export function versionedMessage<T extends object>(fields: Fields<T>): MessageCodec<T> {
  return build<T>(fields as Fields<object>, true, undefined);
}

/** Alternatives of a `oneof body` by the word in `type`, with their numbers in the schema. */
export type BodyAlternatives<Body extends { readonly type: string }> = {
  readonly [Type in Body['type']]: readonly [
    number,
    MessageCodec<Omit<Extract<Body, { type: Type }>, 'type'>>,
  ];
};

/** One of several messages. The word in `type` says which; it is not on the wire. */
export function body<Body extends { readonly type: string }>(
  alternatives: BodyAlternatives<Body>,
): BodyCodec<Body> {
  const entries = Object.entries(alternatives) as [Body['type'], readonly [number, MessageCodec<unknown>]][];
  return { alternatives: entries.map(([type, [number, codec]]) => ({ type, number, codec })) };
}

/** A message with exactly one body beside its fields; a body this build does not know is `UNSUPPORTED`. */
export function messageWithBody<Body extends { readonly type: string }, T extends { readonly body: Body }>(
  fields: Fields<Omit<T, 'body'>>,
  alternatives: BodyCodec<Body>,
): MessageCodec<T> {
  return build<T>(fields as Fields<object>, false, alternatives);
}

/** As `messageWithBody`, with `uint32 version = 1` before the fields. */
export function versionedMessageWithBody<
  Body extends { readonly type: string },
  T extends { readonly body: Body },
>(fields: Fields<Omit<T, 'body'>>, alternatives: BodyCodec<Body>): MessageCodec<T> {
  return build<T>(fields as Fields<object>, true, alternatives);
}

type Loose = Record<string, unknown>;

const VERSION = 1;
const VERSION_FIELD = 1;

function build<T>(
  fields: Fields<object>,
  versioned: boolean,
  alternatives: BodyCodec<{ readonly type: string }> | undefined,
): MessageCodec<T> {
  const named: NamedField[] = Object.entries(fields as Record<string, Field<unknown>>).map(
    ([name, field]) => ({
      ...field,
      name,
    }),
  );
  const fieldByNumber: (NamedField | undefined)[] = [];
  for (const field of named) fieldByNumber[field.number] = field;
  const bodyByNumber: (BodyCodec<{ readonly type: string }>['alternatives'][number] | undefined)[] = [];
  for (const alternative of alternatives?.alternatives ?? []) bodyByNumber[alternative.number] = alternative;

  const read = (reader: WireReader): T => {
    const value: Loose = {};
    let seen = 0;
    let readBody: Loose | undefined;
    let unknownField = false;
    while (!reader.done) {
      const tag = reader.uint32();
      const number = Math.floor(tag / 8);
      const wireType = tag % 8;
      const field = fieldByNumber[number];
      const alternative = bodyByNumber[number];
      if (field !== undefined) {
        checkWireType(field, wireType);
        if (field.repeated) append(value, field, field.read(reader) as unknown[]);
        else if ((seen & (1 << number)) !== 0)
          throw new ProtocolError('MALFORMED', `${field.name} stands twice`);
        else value[field.name] = field.read(reader);
        seen |= 1 << number;
      } else if (alternative !== undefined) {
        if (wireType !== WIRE.delimited) throw new ProtocolError('MALFORMED', 'a body is a message');
        if (readBody !== undefined) throw new ProtocolError('MALFORMED', 'more than one body');
        readBody = reader.nested(inner => alternative.codec.read(inner)) as Loose;
        readBody.type = alternative.type;
      } else if (versioned && number === VERSION_FIELD) {
        if (wireType !== WIRE.varint) throw new ProtocolError('MALFORMED', 'version has the wrong wire type');
        const version = reader.uint32();
        if (version !== VERSION) throw new ProtocolError('UNSUPPORTED', `unknown version ${version}`);
        seen |= 1 << VERSION_FIELD;
      } else {
        if (number === 0) throw new ProtocolError('MALFORMED', 'field number 0');
        reader.skip(wireType);
        unknownField = true;
      }
    }
    if (versioned && (seen & (1 << VERSION_FIELD)) === 0)
      throw new ProtocolError('MALFORMED', 'version is missing');
    for (const field of named) {
      if ((seen & (1 << field.number)) === 0) value[field.name] = field.absent(field.name);
    }
    if (alternatives !== undefined) {
      if (readBody === undefined) {
        throw new ProtocolError(
          unknownField ? 'UNSUPPORTED' : 'MALFORMED',
          'no body that this version knows',
        );
      }
      value.body = readBody;
    }
    return value as T;
  };

  const write = (writer: WireWriter, value: T): void => {
    const loose = value as Loose;
    if (versioned) {
      writer.tag(VERSION_FIELD, WIRE.varint);
      writer.varint(VERSION);
    }
    for (const field of named) {
      const fieldValue = loose[field.name];
      if (fieldValue === undefined) field.absent(field.name);
      else field.write(writer, fieldValue);
    }
    if (alternatives === undefined) return;
    const chosen = loose.body as { type: string };
    const alternative = alternatives.alternatives.find(({ type }) => type === chosen.type);
    if (alternative === undefined) throw new ProtocolError('MALFORMED', 'unknown body');
    writer.tag(alternative.number, WIRE.delimited);
    writer.nested(inner => alternative.codec.write(inner, chosen));
  };

  return { fields: named, versioned, ...(alternatives && { body: alternatives }), read, write };
}

function checkWireType(field: NamedField, wireType: number): void {
  const delimited =
    field.packed || field.kind === 'bytes' || field.kind === 'string' || field.kind === 'message';
  if (wireType !== (delimited ? WIRE.delimited : WIRE.varint)) {
    throw new ProtocolError('MALFORMED', `${field.name} has the wrong wire type`);
  }
}

function append(value: Loose, field: NamedField, items: readonly unknown[]): void {
  const list = value[field.name] as unknown[] | undefined;
  if (list === undefined) {
    value[field.name] = [...items];
    return;
  }
  if (list.length + items.length > field.maxItems!) {
    throw new ProtocolError('TOO_LARGE', `${field.name} holds at most ${field.maxItems} items`);
  }
  list.push(...items);
}

/** Decodes whole foreign bytes; throws `ProtocolError` and nothing else. */
export function decode<T>(codec: MessageCodec<T>, bytes: Uint8Array, maxBytes: number): T {
  if (bytes.length > maxBytes) throw new ProtocolError('TOO_LARGE', `at most ${maxBytes} bytes`);
  return codec.read(new WireReader(bytes));
}

/** Encodes a value; throws `ProtocolError` for what `decode` would refuse. */
export function encode<T>(codec: MessageCodec<T>, value: T, maxBytes: number): Uint8Array {
  const writer = new WireWriter();
  codec.write(writer, value);
  const bytes = writer.finish();
  if (bytes.length > maxBytes) throw new ProtocolError('TOO_LARGE', `at most ${maxBytes} bytes`);
  return bytes;
}
