import type { AccountId } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import { createIdentity, type DeviceIdentity } from '../identity/identity.ts';
import { firstSealedKeys, type OwnSealedKeys, type VerifiedSealedKeys } from './publishedKeys.ts';
import { SealedKeyring } from './sealedKeyring.ts';
import type { NoteReader } from './sealedMessage.ts';

/** Somebody who has published RSA keys. */
export interface SealedPerson {
  readonly identity: DeviceIdentity;
  readonly own: OwnSealedKeys;
  readonly keyring: SealedKeyring;
}

export async function sealedPerson(env: CoreEnv): Promise<SealedPerson> {
  const identity = createIdentity(env, { kind: 'member' });
  const own = await firstSealedKeys(env, identity, { bits: 3072, strangers: true });
  return { identity, own, keyring: new SealedKeyring(env, identity, own) };
}

/** What these have published, by account. */
export function publishedBy(
  ...people: readonly SealedPerson[]
): (accountId: AccountId) => Promise<VerifiedSealedKeys | undefined> {
  return async accountId => people.find(({ identity }) => identity.accountId === accountId)?.own.published;
}

/** A reader who has seen nothing yet. */
export function readerOf(person: SealedPerson, ...known: readonly SealedPerson[]): NoteReader {
  return {
    keyring: person.keyring,
    senderKeys: publishedBy(person, ...known),
    scope: '',
    seen: async () => false,
  };
}
