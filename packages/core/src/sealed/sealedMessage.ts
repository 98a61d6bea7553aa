import { AccountId, LIMITS, MessageId } from '@sotto/protocol';
import { utf8 } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS, labelled } from '../labels.ts';
import { cleanName } from '../names.ts';
import { assertMembers, jsonObject, textOf } from './jsonParts.ts';
import { decryptCompact, encryptCompact } from './jwe.ts';
import { readJws, signClaims, verifyJws } from './jws.ts';
import { attachmentClaims, attachmentsIn, type NoteAttachment } from './noteAttachments.ts';
import type { VerifiedSealedKeys } from './publishedKeys.ts';
import type { SealedKeyring } from './sealedKeyring.ts';
import { refuseSealed } from './sealedRefusal.ts';

/** What somebody leaves for an account, as it stands inside the encryption. */
export interface SealedNote {
  /** Chosen by who writes it, once for one message however often it is sent: 8 to 64 of `A-Z a-z 0-9 . _ -`. */
  readonly id: string;
  readonly sentAtMs: number;
  /** May be empty where files go with it. */
  readonly text: string;
  /** At most 10, of at most 8 MiB together. */
  readonly attachments?: readonly NoteAttachment[];
  /** What they call themselves. Proves nothing. */
  readonly from?: string;
}

/** A message that was opened. */
export interface OpenedNote {
  readonly messageId: MessageId;
  /** By its sender's clock. */
  readonly sentAtMs: number;
  readonly text: string;
  readonly attachments: readonly NoteAttachment[];
  /** The account that signed it, by its verified keys; absent: nobody did. */
  readonly sender?: AccountId;
  /** What a sender without an account calls itself, as it may be shown. */
  readonly from?: string;
}

/** How a message is opened. */
export interface NoteReader {
  readonly keyring: SealedKeyring;
  /** The newest published keys of whoever is said to have written it; `undefined` when there are none. */
  readonly senderKeys: (accountId: AccountId) => Promise<VerifiedSealedKeys | undefined>;
  /** Of messages that nobody signed: whose word it is that they are by one and the same, e.g. a source. */
  readonly scope: string;
  /** Whether a message with this id came before. */
  readonly seen: (messageId: MessageId) => Promise<boolean>;
}

const NOTE_ID = /^[0-9A-Za-z._-]{8,64}$/;
const NOTE_TYPE = 'sotto-sealed+jwt';
const FROM_CHARS = 512;

/**
 * Encrypts a message that nobody signs: a compact JWE. Throws `BAD_SEALED_MESSAGE` `too-large`, `malformed`,
 * `attachment`.
 */
export async function sealNote(
  to: Pick<VerifiedSealedKeys, 'encryption'>,
  note: SealedNote,
): Promise<string> {
  const inside = { ...claimsOf(note), ...(note.from !== undefined && { from: note.from }) };
  return encryptCompact(to.encryption, 'json', utf8(JSON.stringify(inside)));
}

/**
 * Signs a message with this account's key and encrypts it: a nested JWT (RFC 7519 §5.2). Who wrote it and to whom stands
 * under the signature, so that its reader cannot pass it on as if it were for another.
 */
export async function sealSignedNote(
  keyring: SealedKeyring,
  to: Pick<VerifiedSealedKeys, 'encryption' | 'accountId'>,
  note: Omit<SealedNote, 'from'>,
): Promise<string> {
  const { accountId } = keyring.own.published;
  const claims = { iss: accountId, aud: to.accountId, ...claimsOf(note) };
  const jws = await signClaims(await keyring.signer(), NOTE_TYPE, claims);
  return encryptCompact(to.encryption, 'JWT', utf8(jws));
}

/** Opens what was left for this account. Throws `BAD_SEALED_MESSAGE` with `reason`, and then nothing has changed. */
export async function openNote(
  env: Pick<CoreEnv, 'provider'>,
  jwe: string,
  reader: NoteReader,
): Promise<OpenedNote> {
  const { inside, plaintext } = await decryptCompact(jwe, reader.keyring.decryptionKey);
  const note =
    inside === 'JWT' ? await readSigned(env, plaintext, reader) : readUnsigned(env, plaintext, reader.scope);
  if (await reader.seen(note.messageId)) throw refuseSealed('replayed');
  return note;
}

async function readSigned(
  env: Pick<CoreEnv, 'provider'>,
  plaintext: Uint8Array,
  { keyring, senderKeys }: NoteReader,
): Promise<OpenedNote> {
  const unverified = readJws(plaintext, NOTE_TYPE);
  const { claims } = unverified;
  const sender = accountIdIn(claims.iss);
  const keys = await senderKeys(sender);
  if (keys === undefined) throw refuseSealed('unknown-sender');
  await verifyJws(unverified, keys);
  assertMembers(claims, ['iss', 'aud', 'jti', 'iat', 'text'], ['attachments'], 'unsupported');
  if (claims.aud !== keyring.own.published.accountId) throw refuseSealed('wrong-recipient');
  return { ...noteIn(env, claims, sender), sender };
}

function readUnsigned(env: Pick<CoreEnv, 'provider'>, plaintext: Uint8Array, scope: string): OpenedNote {
  const claims = jsonObject(plaintext);
  assertMembers(claims, ['jti', 'iat', 'text'], ['from', 'attachments'], 'unsupported');
  const from = claims.from === undefined ? undefined : shownName(textOf(claims.from, FROM_CHARS));
  return { ...noteIn(env, claims, scope), ...(from !== undefined && { from }) };
}

function noteIn(
  env: Pick<CoreEnv, 'provider'>,
  claims: Readonly<Record<string, unknown>>,
  scope: string,
): OpenedNote {
  const id = textOf(claims.jti, 64);
  if (!NOTE_ID.test(id)) throw refuseSealed('malformed');
  const text = textOf(claims.text, LIMITS.textBytes);
  const attachments = attachmentsIn(claims.attachments);
  if (text === '' && attachments.length === 0) throw refuseSealed('malformed');
  if (utf8(text).length > LIMITS.textBytes) throw refuseSealed('too-large');
  return { messageId: messageIdOf(env, scope, id), sentAtMs: timeIn(claims.iat), text, attachments };
}

/** Seconds since 1970, with a fraction or without (RFC 7519 §2). */
export function timeIn(iat: unknown): number {
  if (typeof iat !== 'number' || !(iat > 0 && iat < 8_640_000_000_000)) throw refuseSealed('malformed');
  return Math.round(iat * 1_000);
}

export function accountIdIn(value: unknown): AccountId {
  const text = textOf(value, 64);
  if (!AccountId.is(text)) throw refuseSealed('malformed');
  return text;
}

/** Whoever writes one chooses its id: under their own name only, so that nobody can take the place of another's. */
function messageIdOf(env: Pick<CoreEnv, 'provider'>, scope: string, id: string): MessageId {
  const hash = env.provider.hash('SHA-256', labelled(LABELS.sealedMessageId, utf8(`${scope}\0${id}`)));
  return MessageId.fromBytes(hash.slice(0, MessageId.sizeBytes));
}

/** Nothing of it that cannot be shown. */
function shownName(from: string): string | undefined {
  try {
    return cleanName(from);
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

/** What stands in every message. */
function claimsOf({ id, sentAtMs, text, attachments = [] }: Omit<SealedNote, 'from'>): object {
  if (!NOTE_ID.test(id) || (text === '' && attachments.length === 0)) throw refuseSealed('malformed');
  if (utf8(text).length > LIMITS.textBytes) throw refuseSealed('too-large');
  return { jti: id, iat: sentAtMs / 1_000, text, ...attachmentClaims(attachments) };
}
