import { asciiBytes, concatBytes, uint16Bytes } from './bytes.ts';
import type { HashName, Provider } from './provider.ts';

/** What the labelled functions of HPKE work in: the hash under HKDF, and the suite the labels are bound to. */
export interface HpkeLabelScope {
  readonly provider: Provider;
  readonly hash: HashName;
  readonly suiteId: Uint8Array;
}

const VERSION = asciiBytes('HPKE-v1');

/** RFC 9180 §4. */
export function labeledExtract(
  scope: HpkeLabelScope,
  salt: Uint8Array,
  label: string,
  ikm: Uint8Array,
): Uint8Array {
  const labeledIkm = concatBytes(VERSION, scope.suiteId, asciiBytes(label), ikm);
  return scope.provider.hkdfExtract(scope.hash, salt, labeledIkm);
}

/** RFC 9180 §4. */
export function labeledExpand(
  scope: HpkeLabelScope,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  const labeledInfo = concatBytes(uint16Bytes(lengthBytes), VERSION, scope.suiteId, asciiBytes(label), info);
  return scope.provider.hkdfExpand(scope.hash, prk, labeledInfo, lengthBytes);
}

/** `SHAKE256.LabeledDerive` of draft-ietf-hpke-pq §5 with the labels of draft-ietf-hpke-hpke §4: one stage, no salt. */
export function shake256LabeledDerive(
  provider: Provider,
  suiteId: Uint8Array,
  ikm: Uint8Array,
  label: string,
  context: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  const labelBytes = asciiBytes(label);
  const labeledIkm = concatBytes(
    ikm,
    VERSION,
    suiteId,
    uint16Bytes(labelBytes.length),
    labelBytes,
    uint16Bytes(lengthBytes),
    context,
  );
  return provider.shake256(labeledIkm, lengthBytes);
}
