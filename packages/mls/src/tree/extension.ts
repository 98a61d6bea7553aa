import { type Codec, opaque, struct, uint16, vector } from '../codec/codec.ts';
import { malformed } from '../codec/reader.ts';

/** Extension types of RFC 9420 §17.3; members need not list them in their capabilities. */
export const EXTENSION = {
  applicationId: 1,
  ratchetTree: 2,
  requiredCapabilities: 3,
  externalPub: 4,
  externalSenders: 5,
} as const;

/** An extension (RFC 9420 §7.2, §13.4). */
export interface Extension {
  readonly type: number;
  readonly data: Uint8Array;
}

const list = vector(struct({ type: uint16, data: opaque }));

/** A list of extensions, no type twice (§13.4). */
export const extensionsCodec: Codec<readonly Extension[]> = {
  read: r => {
    const extensions = list.read(r);
    if (hasDuplicateTypes(extensions)) throw malformed('extension type appears twice');
    return extensions;
  },
  write: list.write,
};

export function hasDuplicateTypes(extensions: readonly Extension[]): boolean {
  return new Set(extensions.map(extension => extension.type)).size !== extensions.length;
}

/** The data of the extension of that type. */
export function extensionData(extensions: readonly Extension[], type: number): Uint8Array | undefined {
  return extensions.find(extension => extension.type === type)?.data;
}

/** True for the types that every client is taken to know (RFC 9420 §7.2). */
export function isDefaultExtension(type: number): boolean {
  return type >= EXTENSION.applicationId && type <= EXTENSION.externalSenders;
}
