import { VaultError } from '../errors.ts';
import { CREDENTIAL_ID_MAX_BYTES, PRF_BYTES } from './lockSlot.ts';
import type { NewLock } from './locks.ts';

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

const CHALLENGE_BYTES = 32;
const USER_ID_BYTES = 16;
/** COSE: ES256, EdDSA, RS256. Nobody checks a signature here; the passkey is there for its PRF. */
const ALGORITHMS = [-7, -8, -257];

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
        pubKeyCredParams: ALGORITHMS.map(alg => ({ type: 'public-key', alg })),
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
  const outputNow = outputOf(prf.results?.first);
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
  const prfOutput = outputOf(credential.getClientExtensionResults().prf?.results?.first);
  if (prfOutput === undefined) throw unsupported('this authenticator made no key');
  return { kind: 'passkey', credentialId, prfSalt: asked.prfSalt.slice(), prfOutput };
}

/** Whether it makes sense to offer a passkey: the browser has WebAuthn, and the address is a name. */
export function mayHavePasskeys(): boolean {
  return (
    typeof PublicKeyCredential === 'function' &&
    navigator.credentials !== undefined &&
    !isIpAddress(location.hostname)
  );
}

function credentialsOfPage(): CredentialsContainer {
  if (!mayHavePasskeys()) throw unsupported('no passkeys in this browser or at this address');
  return navigator.credentials;
}

async function answered(asking: Promise<Credential | null>): Promise<PublicKeyCredential> {
  let credential: Credential | null;
  try {
    credential = await asking;
  } catch (cause) {
    const name = (cause as DOMException | null)?.name;
    // WebAuthn §5.1.3, §5.1.4: these say that it can never work here; all others are someone's no.
    if (name === 'NotSupportedError' || name === 'SecurityError' || name === 'ConstraintError') {
      throw unsupported('no passkey can be used here', cause);
    }
    throw new VaultError('PASSKEY_REFUSED', 'the passkey was not given', { cause });
  }
  if (credential === null) throw new VaultError('PASSKEY_REFUSED', 'no passkey was chosen');
  return credential as PublicKeyCredential;
}

function outputOf(output: BufferSource | undefined): Uint8Array | undefined {
  if (output === undefined) return undefined;
  const bytes = ArrayBuffer.isView(output)
    ? new Uint8Array(output.buffer, output.byteOffset, output.byteLength)
    : new Uint8Array(output);
  return bytes.length === PRF_BYTES ? bytes : undefined;
}

function descriptorOf(credentialId: Uint8Array): PublicKeyCredentialDescriptor {
  return { type: 'public-key', id: credentialId.slice() };
}

/** WebAuthn takes domain names only; IPv6 comes in brackets. */
function isIpAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname);
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function random(lengthBytes: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}

function unsupported(message: string, cause?: unknown): VaultError {
  return new VaultError('PASSKEY_UNSUPPORTED', message, { cause });
}
