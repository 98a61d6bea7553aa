import {
  accountFingerprint,
  accountIdOf,
  CoreError,
  type NoteAttachment,
  sealNote,
  type VerifiedSealedKeys,
  verifySealedKeys,
} from '@sotto/core/sealed';
import { nobleVerifier } from '@sotto/mls/verifier';
import {
  base62Encode,
  base64urlDecode,
  encodeSignedSealedKeys,
  Handle,
  LIMITS,
  ProtocolError,
} from '@sotto/protocol';
import type { Ask, Random } from '../ports.ts';

/** Whom a page writes to: keys that their account has signed. */
export interface SealedAddress {
  readonly handle: string;
  /** Six groups of five digits. That they are of the person meant, only the person can say. */
  readonly fingerprint: readonly string[];
  readonly keys: VerifiedSealedKeys;
}

/** A message that is sealed, and can be posted as often as it takes: it arrives once. */
export interface SealedLetter {
  /** Chosen at random for this one. */
  readonly id: string;
  readonly sentAtMs: number;
  /** The compact JWE, as the server gets it. */
  readonly jwe: string;
}

export type SealedDoorCode =
  /** Nobody has the handle, or they take no messages from strangers: which of the two is nobody's business. */
  | 'NOT_HERE'
  /** What the server gave as keys is not signed by the account key that it gave. */
  | 'NOT_GENUINE'
  /** The keys prove themselves, but are of another account than the address says. */
  | 'OTHER_ACCOUNT'
  /** `retryAfterMs` says when to try again. */
  | 'RATE_LIMITED'
  | 'TOO_LONG'
  /** Encrypted to a key that is published no more: look it up again. */
  | 'OLD_KEY'
  | 'NO_NETWORK'
  | 'SERVER_TROUBLE';

/** Why nothing was looked up, sealed or posted. Trying again does no harm. */
export class SealedDoorError extends Error {
  override readonly name = 'SealedDoorError';
  constructor(
    readonly code: SealedDoorCode,
    readonly retryAfterMs: number = 0,
  ) {
    super(code);
  }
}

const JOSE = 'application/jose';
const ID_BYTES = 16;
const ask: Ask = (url, init) => fetch(url, init);
const env = { provider: nobleVerifier };

/**
 * Fetches the keys of a handle and checks them with the account key. `expected`: the fingerprint that the address carries,
 * as digits. Throws `SealedDoorError`.
 */
export async function lookUpSealed(typed: string, expected = '', via: Ask = ask): Promise<SealedAddress> {
  const handle = handleIn(typed);
  const response = await reach(() =>
    via(`/api/sealed/${handle}`, { credentials: 'omit', cache: 'no-store' }),
  );
  const answer = await jsonOf(response);
  if (!response.ok) throw refusalOf(response.status, answer);
  const { accountKey, keys } = verified(answer);
  const fingerprint = accountFingerprint(env, { accountId: keys.accountId, accountKey });
  if (expected !== '' && fingerprint.join('') !== expected) throw new SealedDoorError('OTHER_ACCOUNT');
  if (!keys.strangers) throw new SealedDoorError('NOT_HERE');
  return { handle, fingerprint, keys };
}

/** What somebody leaves. */
export interface LetterDraft {
  /** May be empty where there are files. */
  readonly text: string;
  readonly from?: string | undefined;
  /** At most `LIMITS.sealedAttachments`, together `LIMITS.sealedAttachmentsBytes`. */
  readonly files?: readonly NoteAttachment[];
}

/** Encrypts on this device. Throws `SealedDoorError` `TOO_LONG`. */
export async function sealLetter(
  { keys }: Pick<SealedAddress, 'keys'>,
  { text, from, files = [] }: LetterDraft,
  { random, nowMs }: { readonly random: Random; readonly nowMs: () => number },
): Promise<SealedLetter> {
  const note = { id: base62Encode(random(ID_BYTES)), sentAtMs: nowMs(), text, attachments: files };
  try {
    const jwe = await sealNote(keys, { ...note, ...(from !== undefined && { from }) });
    return { id: note.id, sentAtMs: note.sentAtMs, jwe };
  } catch (error) {
    if (error instanceof CoreError && error.facts.reason === 'too-large')
      throw new SealedDoorError('TOO_LONG');
    throw error;
  }
}

/** Resolves once the server has the message on its disk. Throws `SealedDoorError`. */
export async function postLetter(
  { handle }: Pick<SealedAddress, 'handle'>,
  { id, jwe }: Pick<SealedLetter, 'id' | 'jwe'>,
  via: Ask = ask,
): Promise<void> {
  const response = await reach(() =>
    via(`/api/sealed/${handle}`, {
      method: 'POST',
      credentials: 'omit',
      cache: 'no-store',
      headers: { 'content-type': JOSE, 'message-id': id },
      body: jwe,
    }),
  );
  if (!response.ok) throw refusalOf(response.status, await jsonOf(response));
}

function handleIn(typed: string): string {
  try {
    return Handle.parse(typed);
  } catch {
    throw new SealedDoorError('NOT_HERE');
  }
}

async function reach(request: () => Promise<Response>): Promise<Response> {
  try {
    return await request();
  } catch {
    throw new SealedDoorError('NO_NETWORK');
  }
}

async function jsonOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    return Object(await response.json()) as Record<string, unknown>;
  } catch {
    throw new SealedDoorError('SERVER_TROUBLE');
  }
}

function refusalOf(status: number, { retryAfterMs }: Readonly<Record<string, unknown>>): SealedDoorError {
  // Closed to strangers since, or gone: the same words for both.
  if (status === 404 || status === 403) return new SealedDoorError('NOT_HERE');
  if (status === 413) return new SealedDoorError('TOO_LONG');
  if (status === 400) return new SealedDoorError('OLD_KEY');
  if (status !== 429) return new SealedDoorError('SERVER_TROUBLE');
  return new SealedDoorError('RATE_LIMITED', typeof retryAfterMs === 'number' ? retryAfterMs : 0);
}

/** Only what is signed is taken; the server's own copies of the keys are not looked at. */
function verified(answer: Readonly<Record<string, unknown>>): {
  readonly accountKey: Uint8Array;
  readonly keys: VerifiedSealedKeys;
} {
  const { accountKey, record, signature } = answer;
  if (typeof accountKey !== 'string' || typeof record !== 'string' || typeof signature !== 'string')
    throw new SealedDoorError('SERVER_TROUBLE');
  if (record.length > LIMITS.sealedKeysBytes) throw new SealedDoorError('NOT_GENUINE');
  try {
    const key = base64urlDecode(accountKey);
    const signed = encodeSignedSealedKeys({
      keys: new TextEncoder().encode(record),
      signature: base64urlDecode(signature),
    });
    return { accountKey: key, keys: verifySealedKeys(env, signed, { accountId: accountIdOf(env, key) }) };
  } catch (error) {
    if (error instanceof CoreError || error instanceof ProtocolError)
      throw new SealedDoorError('NOT_GENUINE');
    throw error;
  }
}
