import { deleteAccountInput, registrationInput } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import { issueCertificate } from './certificate.ts';
import { type DeviceIdentity, identityOf } from './identity.ts';

type Account = Pick<DeviceIdentity, 'accountPrivateKey'>;

/** Signs an encoded `Registration`: 64 bytes. */
export function registrationProof(
  env: Pick<CoreEnv, 'provider'>,
  { accountPrivateKey }: Account,
  registration: Uint8Array,
): Uint8Array {
  return env.provider.ed25519Sign(accountPrivateKey, registrationInput(registration));
}

/** Signs that the account is to be deleted, at this relay and on this connection (the nonce of its challenge): 64 bytes. */
export function deletionProof(
  env: Pick<CoreEnv, 'provider'>,
  { accountPrivateKey }: Account,
  origin: string,
  nonce: Uint8Array,
): Uint8Array {
  return env.provider.ed25519Sign(accountPrivateKey, deleteAccountInput(origin, nonce));
}

/** The same keys under a certificate without the guest mark. Rooms that know the device learn of it by `becomeMember`. */
export function asMember(env: CoreEnv, identity: DeviceIdentity): DeviceIdentity {
  const { accountPrivateKey, devicePrivateKey, accountKey, deviceKey } = identity;
  const account = { privateKey: accountPrivateKey, publicKey: accountKey, kind: 'member' } as const;
  return identityOf(env, accountPrivateKey, devicePrivateKey, issueCertificate(env, account, deviceKey));
}
