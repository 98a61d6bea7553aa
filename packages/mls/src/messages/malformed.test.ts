import { describe, expect, it } from 'vitest';
import { decode, encode } from '../codec/codec.ts';
import { Writer } from '../codec/writer.ts';
import { authenticatedContentCodec } from '../framing/framedContent.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { decodeKeyPackage } from '../group/keyPackages.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { preSharedKeyIdCodec } from '../keySchedule/preSharedKeyId.ts';
import { refusal } from '../testing/refusal.ts';
import { fromHex, Scenario } from '../testing/scenario.ts';
import { credentialCodec } from '../tree/credential.ts';
import { leafNodeCodec, leafNodeTbs } from '../tree/leafNode.ts';
import { MAX_LEAVES, type RatchetTree, ratchetTreeCodec } from '../tree/ratchetTree.ts';
import { addLeaf } from '../tree/treeOperations.ts';
import { commitCodec } from './commit.ts';

const scenario = new Scenario({ seed: 81 });
const leaf = decodeKeyPackage(scenario.party('alice').keyPackage().keyPackage).leafNode;
const encodedLeaf = encode(leafNodeCodec, leaf);

/** The vector of these optional nodes. */
function treeOf(...nodes: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer();
  writer.vector(() => {
    for (const node of nodes) writer.bytes(node);
  });
  return writer.finish();
}
const blanks = (count: number): Uint8Array => new Uint8Array(count);
const ofType = (type: number, contents: Uint8Array): Uint8Array => Uint8Array.of(1, type, ...contents);

/** Values that stand for nothing: each would be read as something else, or not at all, if it were let through. */
describe('malformed', () => {
  it.each([
    ['an unknown sender type', authenticatedContentCodec, '0001 00 0000000000000000 05 00 01 00 00'],
    [
      'an unknown wire format of a message',
      authenticatedContentCodec,
      '0009 00 0000000000000000 03 00 01 00 00',
    ],
    ['an unknown content type', authenticatedContentCodec, '0001 00 0000000000000000 03 00 04 00 00'],
    ['an unknown wire format', mlsMessageCodec, '0001 0006'],
    ['an unknown PSK type', preSharedKeyIdCodec, '03'],
    ['an unknown resumption usage', preSharedKeyIdCodec, '02 04 00 0000000000000000 00'],
    ['neither proposal nor reference', commitCodec, '02 03 00 00'],
    ['a context of another version', groupContextCodec, '0002 0001 00 0000000000000000 00 00 00'],
  ] as const)('is %s', (_, codec, digits) => {
    const bytes = fromHex(digits.replaceAll(' ', ''));
    expect(() => decode<unknown>(codec as never, bytes)).toThrowError(refusal('MALFORMED'));
  });

  it('is an unknown source of a leaf', () => {
    const updated = encode(leafNodeCodec, { ...leaf, source: { kind: 'update' }, extensions: [] });
    // The source has no contents here: it stands before the empty extensions and the signature.
    const at = updated.length - leaf.signature.length - 2 - 1 - 1;
    expect(updated[at]).toBe(2);
    updated[at] = 4;
    expect(() => decode(leafNodeCodec, updated)).toThrowError(refusal('MALFORMED'));
  });

  it('is a leaf of a group without its place', () => {
    expect(() => leafNodeTbs({ ...leaf, source: { kind: 'update' } }, undefined)).toThrowError(
      refusal('MALFORMED'),
    );
  });

  it('is a tree with nodes of unknown type, or of the wrong type for their place', () => {
    const asLeaf = ofType(1, encodedLeaf);
    const asParent = ofType(2, blanks(3));
    expect(decode(ratchetTreeCodec, treeOf(asLeaf, asParent, asLeaf)).leafCount).toBe(2);
    for (const nodes of [
      [asLeaf, asLeaf, asLeaf],
      [asParent, asParent, asLeaf],
      [asLeaf, ofType(3, blanks(0)), asLeaf],
    ]) {
      expect(() => decode(ratchetTreeCodec, treeOf(...nodes))).toThrowError(refusal('MALFORMED'));
    }
  });

  it('is a tree with more leaves than can be', () => {
    const last = ofType(1, encodedLeaf);
    expect(decode(ratchetTreeCodec, treeOf(blanks(2 * MAX_LEAVES - 2), last)).leafCount).toBe(MAX_LEAVES);
    expect(() => decode(ratchetTreeCodec, treeOf(blanks(2 * MAX_LEAVES), last))).toThrowError(
      refusal('MALFORMED'),
    );
    const full: RatchetTree = {
      leafCount: MAX_LEAVES,
      nodes: Array.from({ length: 2 * MAX_LEAVES - 1 }, (_, node) => (node % 2 === 0 ? leaf : undefined)),
      hashes: [],
    };
    expect(() => addLeaf(full, leaf)).toThrowError(refusal('TOO_LARGE'));
  });
});

describe('unsupported', () => {
  it('is a credential of unknown type', () => {
    expect(() => decode(credentialCodec, fromHex('000300'))).toThrowError(refusal('UNSUPPORTED_FEATURE'));
  });

  it('is another protocol version', () => {
    expect(() => decode(mlsMessageCodec, fromHex('00020001'))).toThrowError(refusal('UNSUPPORTED_VERSION'));
  });
});
