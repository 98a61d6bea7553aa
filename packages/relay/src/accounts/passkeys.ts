import {
  type AccountId,
  type AddPasskey,
  addPasskeyInput,
  decodePasskey,
  type Passkey,
  type PasskeyFinish,
  type PasskeyStart,
  type PasskeyStarted,
  ProtocolError,
  passkeySignInInput,
  removePasskeyInput,
  type SignedIn,
} from '@sotto/protocol';
import type { AccountRecord } from '../directory.ts';
import { signedBy } from '../ed25519.ts';
import { Refusal } from '../refusal.ts';
import type { RelayContext } from '../session/context.ts';
import type { Requester } from '../session/handler.ts';
import type { Asker } from './accounts.ts';
import { ShortLived } from './shortLived.ts';

/** As long as a person may look for their authenticator. */
const FINISH_WITHIN_MS = 2 * 60_000;
const MAX_CHALLENGES = 4_000;
const CHALLENGE_BYTES = 32;

/** Whose session it is, and which. */
type Speaker = Pick<Requester, 'accountId' | 'accountKey' | 'origin' | 'nonce'>;

/** What `Accounts` does for a sign-in by whatever way. */
export interface SigningIn {
  readonly signedIn: (account: AccountRecord, sealedBundle: Uint8Array) => SignedIn;
  /** What was begun by any way leads nowhere from then on. */
  readonly forget: (accountId: AccountId) => void;
}

/**
 * Signing in by a passkey. The relay sees no WebAuthn: a passkey gives its device an Ed25519 key (docs/decisions/0026),
 * which finds the account and signs a challenge. Methods throw `Refusal`; nothing has changed then.
 *
 * The signature is verified before anything is looked up. So only who has the passkey learns whether it is known, and
 * everybody else is told the same by the same steps.
 */
export class Passkeys {
  readonly #challenges: ShortLived<{ readonly origin: string }>;

  constructor(
    private readonly context: Pick<RelayContext, 'directory' | 'quotas' | 'nowMs' | 'random'>,
    private readonly signingIn: SigningIn,
  ) {
    this.#challenges = new ShortLived({
      lifetimeMs: FINISH_WITHIN_MS,
      maxCount: MAX_CHALLENGES,
      nowMs: context.nowMs,
    });
  }

  start({ origin }: PasskeyStart, { remoteAddress, origins }: Asker): PasskeyStarted {
    this.context.quotas.passkeyStart(remoteAddress);
    if (!origins.includes(origin)) throw new Refusal('FORBIDDEN', 'meant for another relay');
    const challenge = this.context.random(CHALLENGE_BYTES);
    this.#challenges.put(challenge, { origin });
    return { challenge };
  }

  async finish({ challenge, signInKey, signature }: PasskeyFinish): Promise<SignedIn> {
    const begun = this.#challenges.take(challenge)?.value;
    if (begun === undefined) throw signInFailed();
    if (!signedBy(signInKey, passkeySignInInput(begun.origin, challenge), signature)) throw signInFailed();
    this.context.quotas.passkeySignIn(signInKey);
    const found = await this.context.directory.accountByPasskey(signInKey);
    if (found === undefined) throw signInFailed();
    return this.signingIn.signedIn(found.account, found.sealedBundle);
  }

  async add(
    speaker: Speaker,
    { passkey: encoded, accountSignature, keySignature }: AddPasskey,
  ): Promise<void> {
    const { accountId, accountKey, origin, nonce } = speaker;
    this.context.quotas.accountChange(accountId);
    const passkey = passkeyOf(encoded);
    const signed = addPasskeyInput(origin, nonce, encoded);
    if (!signedBy(accountKey, signed, accountSignature)) throw foreign();
    // Nobody adds a key that they have only seen.
    if (!signedBy(passkey.signInKey, signed, keySignature)) throw foreign();
    await this.context.directory.addPasskey({ accountId, ...passkey });
  }

  /** What was begun by it leads nowhere from then on. */
  async remove(speaker: Speaker, signInKey: Uint8Array, signature: Uint8Array): Promise<void> {
    const { accountId, accountKey, origin, nonce } = speaker;
    this.context.quotas.accountChange(accountId);
    if (!signedBy(accountKey, removePasskeyInput(origin, nonce, signInKey), signature)) throw foreign();
    await this.context.directory.removePasskey(accountId, signInKey);
    this.signingIn.forget(accountId);
  }
}

function passkeyOf(encoded: Uint8Array): Passkey {
  try {
    return decodePasskey(encoded);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new Refusal(error.code === 'TOO_LARGE' ? 'TOO_LARGE' : 'MALFORMED', error.message);
  }
}

function foreign(): Refusal {
  return new Refusal('FORBIDDEN', 'not signed by the account and the passkey');
}

function signInFailed(): Refusal {
  return new Refusal('SIGN_IN_FAILED', 'no such passkey');
}
