import { deletionProof } from '@sotto/core';
import { ClientError } from '../intents.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import type { AccountContext } from './accountContext.ts';
import type { OwnAccount } from './ownAccount.ts';
import { provePassword, readNewPassword, registerPassword } from './passwords.ts';
import { newRecovery, sealedBundleOf } from './registering.ts';

/** Changes what leads to the account: password, recovery code, and that it is there. */
export class ChangingAccount {
  constructor(
    private readonly context: AccountContext,
    private readonly account: OwnAccount,
  ) {}

  async changePassword(current: string, next: string, { removePasskeys = false } = {}): Promise<void> {
    const password = readNewPassword(next);
    await this.#prove(current);
    await this.setPassword(password, removePasskeys);
  }

  /** The relay takes what it recognises the password by and the keys sealed under it together, or neither. */
  async setPassword(password: string, removePasskeys = false): Promise<void> {
    const { link, env, identity } = this.context.room;
    const { handle } = this.account.registered;
    const { registrationRecord, key } = await registerPassword(
      await this.context.opaque(),
      password,
      async registrationRequest => {
        const answer = await link.request({ type: 'startPasswordChange', registrationRequest });
        if (answer.type !== 'passwordChangeStarted') throw new ConnectionLost('the answer makes no sense');
        return answer.registrationResponse;
      },
    );
    const sealedBundle = sealedBundleOf(env, identity, handle, key);
    await link.request({
      type: 'finishPasswordChange',
      registrationRecord,
      sealedBundle,
      removePasskeys,
    });
  }

  async makeRecoveryCode(): Promise<{ recoveryCode: string }> {
    const { link, env, identity } = this.context.room;
    const { handle } = this.account.registered;
    const { accountPrivateKey } = identity;
    const { words, sealedBundle, proofHash } = newRecovery(env, { accountPrivateKey, handle });
    await link.request({ type: 'replaceRecovery', sealedBundle, recoveryProofHash: proofHash });
    await this.account.recoveryCodeMade();
    return { recoveryCode: words };
  }

  async deleteAccount(password: string): Promise<void> {
    await this.#prove(password);
    const { link, env, identity } = this.context.room;
    const nonce = this.context.sessionNonce();
    if (nonce === undefined) throw new ClientError('OFFLINE', 'the relay cannot be reached');
    const signature = deletionProof(env, identity, this.context.relayOrigin, nonce);
    try {
      await link.request({ type: 'deleteAccount', signature });
    } catch (error) {
      // Gone before, or from another device at the same time; or the session was closed for it before the answer came.
      const gone = error instanceof RelayFailure ? error.code === 'ACCOUNT_UNKNOWN' : this.account.toldGone;
      if (!gone) throw error;
    }
    await this.account.setGone(true);
  }

  /** Somebody who only found the device unlocked can do nothing here. */
  async #prove(password: string): Promise<void> {
    const { handle } = this.account.registered;
    if (!this.context.room.link.online) throw new ClientError('OFFLINE', 'the relay cannot be reached');
    await provePassword(this.context.service, await this.context.opaque(), { handle, password });
  }
}
