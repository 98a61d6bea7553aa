import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from './errors.ts';
import {
  AccountId,
  BlobId,
  DedupeId,
  DeviceId,
  InvitationCode,
  InviteToken,
  MessageId,
  SourceId,
  StreamId,
} from './ids.ts';

const KINDS = { AccountId, BlobId, DedupeId, DeviceId, InvitationCode, MessageId, SourceId, StreamId };
const names = Object.keys(KINDS) as (keyof typeof KINDS)[];

test('an id of one kind is refused by every other kind', () => {
  const bytes = (sizeBytes: number) => new Uint8Array(sizeBytes).fill(0x5a);
  for (const made of names) {
    const text = KINDS[made].fromBytes(bytes(KINDS[made].sizeBytes));
    for (const read of names) {
      if (made === read) expect(KINDS[read].parse(text)).toBe(text);
      else expect(() => KINDS[read].parse(text), `${made} as ${read}`).toThrow(ProtocolError);
    }
    expect(InviteToken.is(text)).toBe(false);
  }
});

test('text and bytes are the same id', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), bytes => {
      expect(StreamId.toBytes(StreamId.fromBytes(bytes))).toEqual(bytes);
    }),
  );
});

test('random text is no id', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), text => {
      for (const name of names) expect(KINDS[name].is(text)).toBe(false);
    }),
  );
  expect(() => InviteToken.parse('short')).toThrow(ProtocolError);
  expect(() => InviteToken.parse(`${'a'.repeat(24)}\n`)).toThrow(ProtocolError);
  expect(InviteToken.parse('a'.repeat(24))).toBe('a'.repeat(24));
});
