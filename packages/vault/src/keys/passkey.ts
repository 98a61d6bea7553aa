import { VaultError } from '../errors.ts';
import { CREDENTIAL_ID_MAX_BYTES, PRF_BYTES } from './lockSlot.ts';
import type { NewLock } from './locks.ts';
import {
  answered,
  base64Url,
  CHALLENGE_BYTES,
  credentialsOfPage,
  descriptorOf,
  PASSKEY_ALGORITHMS,
  prfOutputOf,
  random,
  unsupported,
} from './webAuthn.ts';

export { mayHavePasskeys } from './webAuthn.ts';

type PasskeyLock = Extract<NewLock, { readonly kind: 'passkey' }>;

/** What `Keyring.locks` says about a passkey. */
export type KnownPasskey = Pick<PasskeyLock, 'credentialId' | 'prfSalt'>;

export interface PasskeyRequest {
  /** How the authenticator lists the passkey, e.g. the person's name. */
  readonly name: string;
  /** Passkeys that there are already, so that an authenticator does not get a second one. */
  readonly known: readonly KnownPasskey[];
  readonly signal?: AbortSignal;
}

const USER_ID_BYTES = 16;

/**
 * Makes a passkey that can hold a lock, for the page's host name, and gives what `Keyring.addLock` takes. In a page, on
 * a person's click; the person may be asked twice, where an authenticator gives no PRF output while it makes a passkey.
 *
 * Throws `PASSKEY_UNSUPPORTED` (no WebAuthn, no PRF, an address that is an IP number) and `PASSKEY_REFUSED` (no, too
 * late, aborted, or the authenticator has one already).
 */
export async function createPasskeyLock({ name, known, signal }: PasskeyRequest): Promise<PasskeyLock> {
  const credentials = credentialsOfPage();
  const prfSalt = random(PRF_BYTES);
  const credential = await answered(
    credentials.create({
      publicKey: {
        rp: { id: location.hostname, name: 'Sotto' },
        user: { id: random(USER_ID_BYTES), name, displayName: name },
        challenge: random(CHALLENGE_BYTES),
        pubKeyCredParams: PASSKEY_ALGORITHMS,
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        attestation: 'none',
        excludeCredentials: known.map(({ credentialId }) => descriptorOf(credentialId)),
        extensions: { prf: { eval: { first: prfSalt } } },
      },
      ...(signal && { signal }),
    }),
  );
  const credentialId = new Uint8Array(credential.rawId);
  const { prf } = credential.getClientExtensionResults();
  if (prf?.enabled !== true || credentialId.length > CREDENTIAL_ID_MAX_BYTES) {
    throw unsupported('this authenticator makes no keys from passkeys');
  }
  const outputNow = prfOutputOf(credential);
  if (outputNow !== undefined) return { kind: 'passkey', credentialId, prfSalt, prfOutput: outputNow };
  return readPasskeyLock([{ credentialId, prfSalt }], signal);
}

/**
 * Asks the person for one of the ring's passkeys, and gives what `Keyring.unlock` takes; `prfOutput` is to be wiped
 * after use. In a page.
 *
 * Throws `PASSKEY_UNSUPPORTED`, `PASSKEY_REFUSED`; `NO_SUCH_LOCK` when `known` is empty, or another passkey answered.
 */
export async function readPasskeyLock(
  known: readonly KnownPasskey[],
  signal?: AbortSignal,
): Promise<PasskeyLock> {
  if (known.length === 0) throw new VaultError('NO_SUCH_LOCK', 'there is no passkey');
  const credentials = credentialsOfPage();
  const evalByCredential = Object.fromEntries(
    known.map(({ credentialId, prfSalt }) => [base64Url(credentialId), { first: prfSalt.slice() }]),
  );
  const credential = await answered(
    credentials.get({
      publicKey: {
        rpId: location.hostname,
        challenge: random(CHALLENGE_BYTES),
        allowCredentials: known.map(({ credentialId }) => descriptorOf(credentialId)),
        userVerification: 'required',
        extensions: { prf: { evalByCredential } },
      },
      ...(signal && { signal }),
    }),
  );
  const credentialId = new Uint8Array(credential.rawId);
  const asked = known.find(one => base64Url(one.credentialId) === base64Url(credentialId));
  if (asked === undefined) throw new VaultError('NO_SUCH_LOCK', 'another passkey answered');
  const prfOutput = prfOutputOf(credential);
  if (prfOutput === undefined) throw unsupported('this authenticator made no key');
  return { kind: 'passkey', credentialId, prfSalt: asked.prfSalt.slice(), prfOutput };
}
