import type { CoreEnv } from '../env.ts';
import type { InviteLink } from './inviteLink.ts';

/** All keys that come from a link's secret (and password); 32 bytes each, `pskId` 16. Secret. */
export interface LinkKeys {
  readonly cardKey: Uint8Array;
  readonly requestKey: Uint8Array;
  readonly answerKey: Uint8Array;
  /** Covers the password, too. */
  readonly joinMacKey: Uint8Array;
  /** The MLS external PSK of the Commit that admits; covers the password, too. */
  readonly psk: Uint8Array;
  readonly pskId: Uint8Array;
}

/**
 * A password made into a key: argon2id, 64 MiB, t=3, p=1, 32 bytes. Injected because it is slow and asynchronous:
 * `@sotto/core/password` has it.
 */
export type PasswordKey = (password: string, salt: Uint8Array) => Promise<Uint8Array>;

/** The salt for `PasswordKey`, the same for everyone who has the link; 32 bytes. */
export function passwordSalt(_env: Pick<CoreEnv, 'provider'>, _link: InviteLink): Uint8Array {
  throw new Error('not built yet');
}

/**
 * The keys of a link. `passwordKey` is the output of `PasswordKey` where the link needs a password.
 * Throws `PASSWORD_NEEDED` when it is missing.
 */
export function deriveLinkKeys(
  _env: Pick<CoreEnv, 'provider'>,
  _link: InviteLink,
  _passwordKey: Uint8Array | undefined,
): LinkKeys {
  throw new Error('not built yet');
}

/**
 * The keys before a password is known: enough to open the card, and not in the type to do more.
 */
export function deriveCardKey(_env: Pick<CoreEnv, 'provider'>, _link: InviteLink): Uint8Array {
  throw new Error('not built yet');
}
