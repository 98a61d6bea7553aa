import { concatBytes, utf8 } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS, type Label, labelled } from '../labels.ts';
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

type Deriving = Pick<CoreEnv, 'provider'>;

const KEY_BYTES = 32;
const PSK_ID_BYTES = 16;

/** The salt for `PasswordKey`, the same for everyone who has the link; 32 bytes. */
export function passwordSalt(env: Deriving, link: InviteLink): Uint8Array {
  return expand(env, rootOf(env, link), LABELS.linkPasswordSalt);
}

/** The key of the room card: no password goes into it. */
export function deriveCardKey(env: Deriving, link: InviteLink): Uint8Array {
  return expand(env, rootOf(env, link), LABELS.linkCard);
}

/**
 * The keys of a link. `passwordKey` is the output of `PasswordKey` where the link needs a password.
 * Throws `PASSWORD_NEEDED` when it is missing.
 */
export function deriveLinkKeys(
  env: Deriving,
  link: InviteLink,
  passwordKey: Uint8Array | undefined,
): LinkKeys {
  if (link.passwordNeeded && passwordKey === undefined) {
    throw new CoreError('PASSWORD_NEEDED', 'this link needs its password');
  }
  const root = rootOf(env, link);
  // The password goes into what proves and what admits, never into what the relay or a link preview could test.
  const withPassword = (key: Uint8Array): Uint8Array =>
    link.passwordNeeded && passwordKey !== undefined
      ? env.provider.hkdfExtract('SHA-256', key, passwordKey)
      : key;
  return {
    cardKey: expand(env, root, LABELS.linkCard),
    requestKey: expand(env, root, LABELS.linkRequest),
    answerKey: expand(env, root, LABELS.linkAnswer),
    joinMacKey: withPassword(expand(env, root, LABELS.linkJoinMac)),
    psk: withPassword(expand(env, root, LABELS.linkPsk)),
    pskId: env.provider.hash('SHA-256', labelled(LABELS.linkPskId, utf8(link.token))).slice(0, PSK_ID_BYTES),
  };
}

function rootOf(env: Deriving, link: InviteLink): Uint8Array {
  return env.provider.hkdfExtract('SHA-256', utf8(LABELS.link), concatBytes(link.secret, utf8(link.token)));
}

function expand(env: Deriving, root: Uint8Array, label: Label): Uint8Array {
  return env.provider.hkdfExpand('SHA-256', root, utf8(label), KEY_BYTES);
}
