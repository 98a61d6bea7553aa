import { malformed, Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** Both directions of one wire type. */
export interface Codec<T> {
  readonly read: (reader: Reader) => T;
  readonly write: (writer: Writer, value: T) => void;
}

/** The type that a codec carries. */
export type Decoded<C> = C extends Codec<infer T> ? T : never;

/**
 * The whole of `bytes` as one value.
 * @throws {MlsError} `MALFORMED`, also for trailing bytes
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = codec.read(reader);
  reader.end();
  return value;
}

/** The bytes of a value; `expectedBytes` may save the writer from growing. */
export function encode<T>(codec: Codec<T>, value: T, expectedBytes?: number): Uint8Array {
  const writer = new Writer(expectedBytes);
  codec.write(writer, value);
  return writer.finish();
}

export const uint8: Codec<number> = { read: r => r.uint8(), write: (w, value) => w.uint8(value) };
export const uint16: Codec<number> = { read: r => r.uint16(), write: (w, value) => w.uint16(value) };
export const uint32: Codec<number> = { read: r => r.uint32(), write: (w, value) => w.uint32(value) };
export const uint64: Codec<bigint> = { read: r => r.uint64(), write: (w, value) => w.uint64(value) };
/** `opaque x<V>`. */
export const opaque: Codec<Uint8Array> = { read: r => r.opaque(), write: (w, value) => w.opaque(value) };

/** `opaque x[n]`. */
export function fixedBytes(lengthBytes: number): Codec<Uint8Array> {
  return { read: r => r.bytes(lengthBytes), write: (w, value) => w.bytes(value) };
}

/** `T x<V>`. */
export function vector<T>(element: Codec<T>): Codec<readonly T[]> {
  return {
    read: r => {
      const contents = r.vector();
      const elements: T[] = [];
      while (contents.remainingBytes > 0) elements.push(element.read(contents));
      return elements;
    },
    write: (w, elements) =>
      w.vector(() => {
        for (const value of elements) element.write(w, value);
      }),
  };
}

/** `optional<T>` (RFC 9420 §2.1.1). */
export function optional<T>(value: Codec<T>): Codec<T | undefined> {
  return {
    read: r => (r.present() ? value.read(r) : undefined),
    write: (w, present) => {
      w.uint8(present === undefined ? 0 : 1);
      if (present !== undefined) value.write(w, present);
    },
  };
}

/** The value of a `struct` of these fields. */
export type Struct<F> = { readonly [K in keyof F]: Decoded<F[K]> };

/** A struct: its fields one after the other, in the order in which they are written down. */
export function struct<F extends { readonly [K in keyof F]: Codec<never> | Codec<Decoded<F[K]>> }>(
  fields: F,
): Codec<Struct<F>> {
  const entries = Object.entries(fields as unknown as Readonly<Record<string, Codec<unknown>>>);
  return {
    read: r => {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) value[name] = codec.read(r);
      return value as Struct<F>;
    },
    write: (w, value) => {
      for (const [name, codec] of entries) codec.write(w, (value as Record<string, unknown>)[name]);
    },
  };
}

/** A number that must be one value, such as a version or a reserved field. */
export function constant<N extends number>(number: Codec<number>, expected: N, what: string): Codec<N> {
  return {
    read: r => {
      if (number.read(r) !== expected) throw malformed(`${what} has an unknown value`);
      return expected;
    },
    write: w => number.write(w, expected),
  };
}

/** An enumeration by name; unknown numbers are malformed. */
export function enumeration<N extends string>(
  number: Codec<number>,
  names: Readonly<Record<N, number>>,
  what: string,
): Codec<N> {
  const byNumber = new Map(Object.entries<number>(names).map(([name, value]) => [value, name as N]));
  return {
    read: r => {
      const name = byNumber.get(number.read(r));
      if (name === undefined) throw malformed(`${what} has an unknown value`);
      return name;
    },
    write: (w, name) => number.write(w, names[name]),
  };
}
