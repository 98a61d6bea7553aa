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
} from '@sotto/vault/webauthn';

export { mayHavePasskeys } from '@sotto/vault/webauthn';

/** What the browser gave; `prfOutput` (32 bytes) is to be wiped after use. */
export interface GivenPasskey {
  readonly credentialId: Uint8Array;
  readonly prfOutput: Uint8Array;
}

export interface NewPasskeyRequest {
  /** Under which the authenticator lists it: the handle. */
  readonly account: string;
  /** Passkeys that the account has already, so that an authenticator does not get a second one. */
  readonly known: readonly Uint8Array[];
  readonly signal: AbortSignal;
}

/** Random, and of nobody: what the account is found by comes of the passkey's output, and the relay gets no more. */
const USER_ID_BYTES = 32;
/** The same for everyone: who signs in has nothing yet to look a salt up with. Each passkey gives its own output. */
const SALT = new TextEncoder().encode('sotto/passkey-prf-v1');

/**
 * Makes a passkey that signs in to an account: one that the authenticator finds by itself, and that asks who is there.
 * In a page, on a person's click; the person may be asked twice.
 *
 * Throws `PASSKEY_UNSUPPORTED` (no WebAuthn, no PRF, an address that is an IP number) and `PASSKEY_REFUSED` (no, too
 * late, aborted, or the authenticator has one already).
 */
export async function createSignInPasskey(request: NewPasskeyRequest): Promise<GivenPasskey> {
  const { account, known, signal } = request;
  const credentials = credentialsOfPage();
  if (await lacksPrf()) throw unsupported('this browser makes no keys from passkeys');
  const credential = await answered(
    credentials.create({
      publicKey: {
        rp: { id: location.hostname, name: 'Sotto' },
        user: { id: random(USER_ID_BYTES), name: account, displayName: account },
        challenge: random(CHALLENGE_BYTES),
        pubKeyCredParams: PASSKEY_ALGORITHMS,
        authenticatorSelection: {
          residentKey: 'required',
          requireResidentKey: true,
          userVerification: 'required',
        },
        attestation: 'none',
        excludeCredentials: known.map(descriptorOf),
        extensions: { prf: { eval: { first: SALT } } },
      },
      signal,
    }),
  );
  const credentialId = new Uint8Array(credential.rawId);
  try {
    if (credential.getClientExtensionResults().prf?.enabled !== true)
      throw unsupported('this authenticator makes no keys from passkeys');
    const prfOutput = prfOutputOf(credential);
    return prfOutput === undefined ? await read([credentialId], signal) : { credentialId, prfOutput };
  } catch (error) {
    await forgetSignInPasskey(credentialId);
    throw error;
  }
}

/** Asks the person for whichever passkey they have at this address. Throws as above. */
export function readSignInPasskey(signal: AbortSignal): Promise<GivenPasskey> {
  return read([], signal);
}

/** Tells the authenticator that the passkey is good for nothing any more, where the browser can. Never rejects. */
export async function forgetSignInPasskey(credentialId: Uint8Array): Promise<void> {
  // Newer than the types: WebAuthn Level 3 §5.1.10.2.
  const { signalUnknownCredential } = PublicKeyCredential as unknown as {
    signalUnknownCredential?: (options: { rpId: string; credentialId: string }) => Promise<void>;
  };
  const gone = { rpId: location.hostname, credentialId: base64Url(credentialId) };
  await signalUnknownCredential?.call(PublicKeyCredential, gone).catch(() => undefined);
}

/** `among`: none for all that there are. */
async function read(among: readonly Uint8Array[], signal: AbortSignal): Promise<GivenPasskey> {
  const credential = await answered(
    credentialsOfPage().get({
      publicKey: {
        rpId: location.hostname,
        challenge: random(CHALLENGE_BYTES),
        allowCredentials: among.map(descriptorOf),
        userVerification: 'required',
        extensions: { prf: { eval: { first: SALT } } },
      },
      signal,
    }),
  );
  const prfOutput = prfOutputOf(credential);
  if (prfOutput === undefined) throw unsupported('this authenticator made no key');
  return { credentialId: new Uint8Array(credential.rawId), prfOutput };
}

/** Whether the browser says so: asked before, so that no passkey is left behind that signs in nowhere. */
async function lacksPrf(): Promise<boolean> {
  // WebAuthn Level 3 §5.1.7; without an answer it is seen when the passkey is made.
  const { getClientCapabilities } = PublicKeyCredential as unknown as {
    getClientCapabilities?: () => Promise<Readonly<Record<string, boolean>>>;
  };
  const capabilities = await getClientCapabilities?.call(PublicKeyCredential).catch(() => undefined);
  return capabilities?.['extension:prf'] === false;
}
