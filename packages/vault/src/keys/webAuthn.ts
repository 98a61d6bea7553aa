import { VaultError } from '../errors.ts';
import { PRF_BYTES } from './lockSlot.ts';

// What every passkey of a page has in common, whatever it is for.

export const CHALLENGE_BYTES = 32;

/** COSE: ES256, EdDSA, RS256. Nobody checks a signature; a passkey is there for its PRF. */
export const PASSKEY_ALGORITHMS: PublicKeyCredentialParameters[] = [-7, -8, -257].map(alg => ({
  type: 'public-key',
  alg,
}));

/** Whether it makes sense to offer a passkey: the browser has WebAuthn, and the address is a name. */
export function mayHavePasskeys(): boolean {
  return (
    typeof PublicKeyCredential === 'function' &&
    navigator.credentials !== undefined &&
    !isIpAddress(location.hostname)
  );
}

/** Throws `PASSKEY_UNSUPPORTED`. */
export function credentialsOfPage(): CredentialsContainer {
  if (!mayHavePasskeys()) throw unsupported('no passkeys in this browser or at this address');
  return navigator.credentials;
}

/** What a person gave. Throws `PASSKEY_UNSUPPORTED`, `PASSKEY_REFUSED`. */
export async function answered(asking: Promise<Credential | null>): Promise<PublicKeyCredential> {
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

/** 32 bytes, or `undefined` where the authenticator gave none, or not now. */
export function prfOutputOf(credential: PublicKeyCredential): Uint8Array | undefined {
  const output = credential.getClientExtensionResults().prf?.results?.first;
  if (output === undefined) return undefined;
  const bytes = ArrayBuffer.isView(output)
    ? new Uint8Array(output.buffer, output.byteOffset, output.byteLength)
    : new Uint8Array(output);
  return bytes.length === PRF_BYTES ? bytes : undefined;
}

export function descriptorOf(credentialId: Uint8Array): PublicKeyCredentialDescriptor {
  return { type: 'public-key', id: credentialId.slice() };
}

/** WebAuthn takes domain names only; IPv6 comes in brackets. */
function isIpAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname);
}

export function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

export function random(lengthBytes: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}

export function unsupported(message: string, cause?: unknown): VaultError {
  return new VaultError('PASSKEY_UNSUPPORTED', message, { cause });
}
