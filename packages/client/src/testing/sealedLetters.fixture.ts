import { type SealedNote, sealNote, type VerifiedSealedKeys, verifySealedKeys } from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
import { type AccountId, base64urlDecode, encodeSignedSealedKeys } from '@sotto/protocol';
import type { World } from './world.fixture.ts';

/** The keys of a handle, as somebody without an account gets them: fetched and verified. */
export async function sealedKeysOf(
  world: World,
  handle: string,
  accountId: AccountId,
): Promise<VerifiedSealedKeys> {
  const { record, signature } = await world.sealedAddress(handle);
  const signed = encodeSignedSealedKeys({
    keys: new TextEncoder().encode(record),
    signature: base64urlDecode(signature),
  });
  return verifySealedKeys({ provider: nodeProvider }, signed, { accountId });
}

let notes = 0;
/** Something to leave, under an id of its own. */
export const someNote = (text: string, more: Partial<SealedNote> = {}): SealedNote => ({
  id: `note-${notes++}-of-this-test`,
  sentAtMs: 1_770_000_000_000,
  text,
  ...more,
});

/** A file that makes a message too large for an entry. */
export const LARGE = {
  name: 'ledger.bin',
  mediaType: 'application/octet-stream',
  bytes: Uint8Array.from({ length: 200_000 }, (_, at) => (at * 7) % 251),
};

/** A note for that account, encrypted. */
export async function letterFor(
  world: World,
  handle: string,
  accountId: AccountId,
  note: SealedNote,
): Promise<string> {
  return sealNote(await sealedKeysOf(world, handle, accountId), note);
}
