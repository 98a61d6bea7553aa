import { type AccountId, base62Encode, SourceId } from '@sotto/protocol';
import { utf8 } from '../bytes.ts';
import { decoded } from '../decoded.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { LABELS, labelled } from '../labels.ts';
import { cleanName } from '../names.ts';
import { openSealed, seal } from '../sealed.ts';

type Account = Pick<DeviceIdentity, 'accountPrivateKey'>;

/** What the account's own devices know of a source; the relay sees none of it. */
export interface SourceAbout {
  readonly name: string;
  /** Its messages make no sound. */
  readonly muted: boolean;
}

/** A token to post with, shown once. */
export interface SourceToken {
  readonly sourceId: SourceId;
  /** `sotto_` and 43 base62 digits: 256 bits. */
  readonly token: string;
  /** SHA-256 of its UTF-8: what the relay has of it. */
  readonly tokenHash: Uint8Array;
}

const TOKEN_BYTES = 32;
const BUCKET_BYTES = 64;

export function makeSourceToken(env: CoreEnv, sourceId = freshSourceId(env)): SourceToken {
  const token = `sotto_${base62Encode(env.random(TOKEN_BYTES))}`;
  return { sourceId, token, tokenHash: env.provider.hash('SHA-256', utf8(token)) };
}

/** Where what somebody left for an account stands: 32 bytes that are the same on each of its devices. */
export function sealedPlaceOf(
  env: Pick<CoreEnv, 'provider'>,
  accountId: AccountId,
  word: string,
): Uint8Array {
  return env.provider.hash('SHA-256', labelled(LABELS.sealedPlace, utf8(`${accountId}\0${word}`)));
}

/** Throws `BAD_NAME`. */
export function sealSourceAbout(
  env: CoreEnv,
  account: Account,
  sourceId: SourceId,
  { name, muted }: SourceAbout,
): Uint8Array {
  const purpose = { ...purposeOf(env, account, sourceId), bucketBytes: BUCKET_BYTES };
  return seal(env, purpose, utf8(JSON.stringify({ name: cleanName(name), muted })));
}

/** Throws `CANNOT_OPEN`, `MALFORMED`: the relay cannot give one source the name of another. */
export function openSourceAbout(
  env: Pick<CoreEnv, 'provider'>,
  account: Account,
  sourceId: SourceId,
  sealed: Uint8Array,
): SourceAbout {
  const bytes = openSealed(env, purposeOf(env, account, sourceId), sealed);
  const { name, muted } = decoded(() => JSON.parse(new TextDecoder().decode(bytes)) as Partial<SourceAbout>);
  if (typeof name !== 'string' || typeof muted !== 'boolean')
    throw new CoreError('MALFORMED', 'nothing about a source');
  return { name: cleanName(name), muted };
}

function freshSourceId(env: CoreEnv): SourceId {
  return SourceId.fromBytes(env.random(SourceId.sizeBytes));
}

function purposeOf(env: Pick<CoreEnv, 'provider'>, { accountPrivateKey }: Account, sourceId: SourceId) {
  const prk = env.provider.hkdfExtract('SHA-256', utf8(LABELS.sealedSource), accountPrivateKey);
  const key = env.provider.hkdfExpand('SHA-256', prk, utf8(LABELS.sealedSource), 32);
  return { key, label: LABELS.sealedSource, context: SourceId.toBytes(sourceId) };
}
