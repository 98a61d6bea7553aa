import { randomBytes } from 'node:crypto';
import {
  type AddPasskey,
  addPasskeyInput,
  type ClientBody,
  encodePasskey,
  passkeySignInInput,
  removePasskeyInput,
  type SignedIn,
} from '@sotto/protocol';
import type { AccountPort } from './accountClient.fixture.ts';
import { type KeyPair, keyPair, signature } from './device.fixture.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));

/** Where something is signed for. */
interface Session {
  readonly origin: string;
  readonly nonce: Uint8Array;
}

/** What a passkey gives its device, and what the relay keeps of it, for tests. */
export class TestPasskey {
  readonly sealedBundle = random(150);
  readonly sealedAbout = random(60);

  constructor(readonly key: KeyPair = keyPair()) {}

  get signInKey(): Uint8Array {
    return this.key.publicKey;
  }

  /** `by`: who signs instead of the passkey. */
  addition(account: KeyPair, { origin, nonce }: Session, by: KeyPair = this.key): ClientBody {
    const { signInKey, sealedBundle, sealedAbout } = this;
    const passkey = encodePasskey({ signInKey, sealedBundle, sealedAbout });
    const input = addPasskeyInput(origin, nonce, passkey);
    const add: AddPasskey = {
      passkey,
      accountSignature: signature(account, input),
      keySignature: signature(by, input),
    };
    return { type: 'addPasskey', ...add };
  }

  removal(account: KeyPair, { origin, nonce }: Session): ClientBody {
    const { signInKey } = this;
    const signed = signature(account, removePasskeyInput(origin, nonce, signInKey));
    return { type: 'removePasskey', signInKey, signature: signed };
  }

  async signIn(port: AccountPort, origin: string): Promise<SignedIn> {
    const { challenge } = await port.passkeyStart({ origin });
    return port.passkeyFinish(this.answer(challenge, origin));
  }

  answer(challenge: Uint8Array, origin: string) {
    const signed = signature(this.key, passkeySignInInput(origin, challenge));
    return { challenge, signInKey: this.signInKey, signature: signed };
  }
}
