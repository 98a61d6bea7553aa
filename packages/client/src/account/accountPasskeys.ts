import {
  openPasskeyAbout,
  type PasskeyChallenge,
  passkeyAddition,
  passkeyKeysOf,
  passkeyRemoval,
  sealPasskeyAbout,
} from '@sotto/core';
import { base64urlDecode, base64urlEncode, encodePasskey, ProtocolError } from '@sotto/protocol';
import type { NewSignInPasskey, SignInPasskey } from '../accountIntents.ts';
import { ClientError } from '../intents.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import type { AccountContext } from './accountContext.ts';
import type { OwnAccount } from './ownAccount.ts';
import { sealedBundleOf } from './registering.ts';

const SIGN_IN_KEY_BYTES = 32;

/** The passkeys by which a new device can sign in to this account, as the relay has them. */
export class AccountPasskeys {
  constructor(
    private readonly context: AccountContext,
    private readonly account: OwnAccount,
  ) {}

  /** Those whose name nobody can read are shown too: they sign in as well. */
  async list(): Promise<readonly SignInPasskey[]> {
    this.account.registered;
    const { link, env, identity } = this.context.room;
    const answer = await link.request({ type: 'listPasskeys' });
    if (answer.type !== 'passkeys') throw new ConnectionLost('the answer makes no sense');
    return answer.passkeys.map(passkey => {
      const about = openPasskeyAbout(env, identity, passkey);
      return { passkeyId: base64urlEncode(passkey.signInKey), name: '', ...about };
    });
  }

  async add({ name, credentialId, prfOutput }: NewSignInPasskey): Promise<void> {
    const { handle } = this.account.registered;
    const { env, identity, clock } = this.context.room;
    const keys = passkeyKeysOf(env, prfOutput);
    const { signInKey } = keys;
    const about = { name, credentialId, createdAtMs: clock.nowMs() };
    const passkey = encodePasskey({
      signInKey,
      sealedBundle: sealedBundleOf(env, identity, handle, keys.bundleKey),
      sealedAbout: sealPasskeyAbout(env, identity, signInKey, about),
    });
    await this.#inSession(challenge => {
      const signatures = passkeyAddition(env, identity, keys, passkey, challenge);
      return this.context.room.link.request({ type: 'addPasskey', passkey, ...signatures });
    });
  }

  async remove(passkeyId: string): Promise<void> {
    this.account.registered;
    const { env, identity, link } = this.context.room;
    const signInKey = readPasskeyId(passkeyId);
    await this.#inSession(challenge => {
      const signature = passkeyRemoval(env, identity, signInKey, challenge);
      return link.request({ type: 'removePasskey', signInKey, signature });
    });
  }

  /** What is signed holds for one session: where that ends before the answer, it is signed again for the next. */
  async #inSession(ask: (challenge: PasskeyChallenge) => Promise<unknown>): Promise<void> {
    try {
      await ask(this.#challenge());
    } catch (error) {
      if (error instanceof RelayFailure && error.code === 'TOO_LARGE')
        throw new ClientError('TOO_MANY_PASSKEYS', 'the account has as many as it can have');
      if (!(error instanceof ConnectionLost)) throw error;
      await this.context.online();
      await ask(this.#challenge());
    }
  }

  #challenge(): PasskeyChallenge {
    const nonce = this.context.sessionNonce();
    if (nonce === undefined) throw new ConnectionLost('the relay cannot be reached');
    return { origin: this.context.relayOrigin, nonce };
  }
}

/** Throws `UNKNOWN_PASSKEY`. */
function readPasskeyId(passkeyId: string): Uint8Array {
  try {
    const signInKey = base64urlDecode(passkeyId);
    if (signInKey.length === SIGN_IN_KEY_BYTES) return signInKey;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  throw new ClientError('UNKNOWN_PASSKEY', 'no such passkey');
}
