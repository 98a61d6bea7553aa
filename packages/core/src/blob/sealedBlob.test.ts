import { BLOB_CHUNK_PLAIN_BYTES, LIMITS } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { equalBytes } from '../bytes.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { openBlob, referTo, sealBlob } from './sealedBlob.ts';

const env = testEnv();
const filled = (sizeBytes: number) => new Uint8Array(sizeBytes).map((_, index) => index * 7);
const content = filled(2 * BLOB_CHUNK_PLAIN_BYTES + 100);
const reference = referTo(env, content);
const blob = sealBlob(env, reference, content);
const chunks = [0, 1, 2].map(index => blob.chunk(index));

describe('a blob', () => {
  it('opens to what was sealed, whatever its size', () => {
    expect(equalBytes(openBlob(env, reference, chunks), content)).toBe(true);
    for (const sizeBytes of [1, BLOB_CHUNK_PLAIN_BYTES, BLOB_CHUNK_PLAIN_BYTES + 1]) {
      const other = filled(sizeBytes);
      const made = sealBlob(env, referTo(env, other), other);
      const all = Array.from({ length: made.reference.chunkCount }, (_, index) => made.chunk(index));
      expect(Math.max(...all.map(chunk => chunk.length))).toBeLessThanOrEqual(LIMITS.blobChunkBytes);
      expect(equalBytes(openBlob(env, made.reference, all), other)).toBe(true);
    }
  });

  it('has the same chunks whenever they are made, and never two contents under one key', () => {
    expect(equalBytes(sealBlob(env, reference, content).chunk(1), chunks[1]!)).toBe(true);
    const other = content.slice();
    other[0]! ^= 1;
    expectCode(() => sealBlob(env, reference, other), 'BAD_STATE');
    expect(referTo(env, content).key).not.toEqual(reference.key);
    expect(referTo(env, content).blobId).not.toBe(reference.blobId);
  });

  it('does not open with a chunk changed, missing, repeated or in another place', () => {
    const [first, second, third] = chunks as [Uint8Array, Uint8Array, Uint8Array];
    const changed = second.slice();
    changed[7]! ^= 1;
    for (const wrong of [
      [first, changed, third],
      [first, second],
      [first, second, second],
      [second, first, third],
      [first, second, third, third],
    ]) {
      expectCode(() => openBlob(env, reference, wrong), 'CANNOT_OPEN');
    }
  });

  it('does not open as another blob, with another key, or as another content', () => {
    const other = referTo(env, content);
    for (const wrong of [
      { ...reference, blobId: other.blobId },
      { ...reference, key: other.key },
      { ...reference, hash: env.random(32) },
    ]) {
      expectCode(() => openBlob(env, wrong, chunks), 'CANNOT_OPEN');
    }
  });
});
