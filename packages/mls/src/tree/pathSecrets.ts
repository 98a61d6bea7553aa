import { hpkeDeriveKeyPair } from '../crypto/hpke.ts';
import { deriveSecret } from '../labelled/kdf.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';

/** The private keys that a member holds, by node of the tree: its own leaf's and those above that it was given. */
export type PrivateKeys = ReadonlyMap<number, Uint8Array>;

/** What follows from a path secret for one node (RFC 9420 §7.4). */
export interface NodeKeys {
  readonly node: number;
  readonly pathSecret: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** The keys of nodes one above the other, from the path secret of the lowest, and what comes after the last. */
export interface PathKeys {
  readonly keys: readonly NodeKeys[];
  readonly commitSecret: Uint8Array;
}

/** Derives the keys of these nodes, lowest first, and the commit secret (RFC 9420 §7.4, §12.4.1). */
export function derivePathKeys(
  crypto: SuiteCrypto,
  nodes: readonly number[],
  firstPathSecret: Uint8Array,
): PathKeys {
  const keys: NodeKeys[] = [];
  let pathSecret = firstPathSecret;
  for (const node of nodes) {
    const nodeSecret = deriveSecret(crypto, pathSecret, 'node');
    keys.push({ node, pathSecret, ...hpkeDeriveKeyPair(crypto.provider, crypto.suite, nodeSecret) });
    pathSecret = deriveSecret(crypto, pathSecret, 'path');
  }
  return { keys, commitSecret: pathSecret };
}
