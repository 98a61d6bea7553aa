import type { CoreEnv, PasswordKey, Stretch } from '@sotto/core';
import type { KeySlots, VaultStore } from '@sotto/vault';
import type { Accounts } from '../account/accounts.ts';
import type { AccountPost, Clock, InviteLookup, Opaque, Random, Transport } from '../ports.ts';
import type { LockState } from '../projection.ts';

/** Everything the engine touches of the world. Given the same, it does the same. */
export interface EngineOptions {
  /** `guest`: the account it makes carries the guest mark; it connects once it has a link. */
  readonly role: 'host' | 'guest';
  /** The relay's origin as the person sees it, e.g. `https://192.168.1.20:8443`: part of every proof of this device. */
  readonly relayOrigin: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** `@sotto/mls/noble` or `@sotto/mls/node`. */
  readonly provider: CoreEnv['provider'];
  /** Closed with the engine. */
  readonly store: VaultStore;
  /** Beside the store: the keys that erasure destroys. Closed with the engine. */
  readonly slots: KeySlots;
  /** 32 bytes; what is in the store opens with no other. */
  readonly rootKey: Uint8Array;
  /** Argon2id: `@sotto/core/password`. */
  readonly passwordKey: PasswordKey;
  /** PBKDF2: `pbkdf2By(crypto.subtle)`. */
  readonly stretch: Stretch;
  /** Tells a waiting guest whether the host is there. */
  readonly lookUp?: InviteLookup;
  /** Left out where there are no accounts. */
  readonly accounts?: AccountOptions;
  /** Called in long work: lets what waits have its turn. Left out where nothing waits. */
  readonly giveWay?: () => Promise<void>;
  /** How the store is locked, for the screens. */
  readonly lock?: () => LockState;
}

/** Accounts: how the relay is asked about them, and code that is loaded by those only who have one or want one. */
export interface AccountOptions {
  readonly post: AccountPost;
  /** `account/accounts.ts`. */
  readonly load: () => Promise<{ readonly Accounts: typeof Accounts }>;
  /** What passwords are proven with (`account/serenityOpaque.ts`). */
  readonly opaque: () => Promise<Opaque>;
}
