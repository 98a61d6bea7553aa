import type { AccountId, Certainty, DeviceId, TrustRecord } from '@sotto/protocol';
import { equalBytes } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { accountIdOf } from '../identity/ids.ts';
import type { SafetyParty } from './safetyNumber.ts';
import { newerTrustRecord } from './trustRecord.ts';

/** What stands behind a contact's handle now, where it is not who was there before. */
export interface ChangedKeys extends SafetyParty {
  readonly seenAtMs: number;
  /** Its person chose to leave it: nothing is sent, and nothing asks any more. */
  readonly left: boolean;
}

/** A contact, and how sure one is of it. Immutable; every step gives a new one. */
export interface ContactTrust {
  /** What one's own devices share. */
  readonly record: TrustRecord;
  /** Set while the keys are not those of the record: nothing is encrypted to either. */
  readonly changed: ChangedKeys | undefined;
}

/** As people see it. */
export type TrustState = Certainty | 'changed';

/** Why nothing may be sent to a contact. */
export type SendingBlock =
  /** The keys changed, and its person has not decided. */
  | 'changed'
  /** One has blocked them. */
  | 'blocked'
  /** Strict mode: only people one is sure of. */
  | 'not-verified';

/** Who writes a record, and when. */
interface Writer {
  readonly env: CoreEnv;
  readonly deviceId: DeviceId;
}

/** Remembers somebody at first contact: unverified. Throws `WRONG_STATE` where the key is not behind the id. */
export function firstContact(
  by: Writer,
  who: SafetyParty & { readonly name: string; readonly handle: string },
): ContactTrust {
  const { accountId, accountKey, name, handle } = who;
  assertSelfCertified(by.env, who);
  const record: TrustRecord = {
    accountId,
    accountKey,
    name,
    handle,
    certainty: 'unverified',
    verifiedAtMs: undefined,
    blocked: false,
    muted: false,
    updatedAtMs: by.env.nowMs(),
    counter: 1,
    deviceId: by.deviceId,
  };
  return { record, changed: undefined };
}

export function trustState({ record, changed }: ContactTrust): TrustState {
  return changed === undefined ? record.certainty : 'changed';
}

/**
 * What the directory, or a room, says stands behind the contact: the same account and nothing happens; another one and
 * the contact has changed, which blocks until its person decides. When the account from before is back, so is what was
 * known of it. Throws `WRONG_STATE` where the key is not behind the id.
 */
export function keysSeen(env: CoreEnv, contact: ContactTrust, now: SafetyParty): ContactTrust {
  assertSelfCertified(env, now);
  const { record, changed } = contact;
  if (equalBytes(now.accountKey, record.accountKey)) return { record, changed: undefined };
  if (changed !== undefined && equalBytes(now.accountKey, changed.accountKey)) return contact;
  const { accountId, accountKey } = now;
  return { record, changed: { accountId, accountKey, seenAtMs: env.nowMs(), left: false } };
}

/** What its person decided about changed keys. */
export type KeyDecision =
  /** They compared the number of the new keys (`compareQr`, or by eye). */
  | 'verified-again'
  /** They go on without: the new keys are unverified. */
  | 'continue'
  /** Nothing is sent; what was known stays. */
  | 'leave';

/** Throws `WRONG_STATE` where nothing has changed. */
export function decideChange(by: Writer, contact: ContactTrust, decision: KeyDecision): ContactTrust {
  const { changed } = contact;
  if (changed === undefined) throw new CoreError('WRONG_STATE', 'the keys have not changed');
  if (decision === 'leave') return { ...contact, changed: { ...changed, left: true } };
  const { accountId, accountKey } = changed;
  const certainty = decision === 'continue' ? 'unverified' : 'verified';
  return written(by, contact.record, { accountId, accountKey, ...certain(by.env, certainty) });
}

/**
 * The person compared the safety number, or takes that back. `verified-by-link`: they came by a link that was handed
 * to them by someone of whom one was sure; it never takes the place of a comparison. Throws `WRONG_STATE` while
 * changed keys are undecided.
 */
export function setCertainty(by: Writer, contact: ContactTrust, certainty: Certainty): ContactTrust {
  const { record, changed } = contact;
  if (changed !== undefined) throw new CoreError('WRONG_STATE', 'the keys have changed: decide about that');
  if (certainty === 'verified-by-link' && record.certainty === 'verified') return contact;
  return written(by, record, certain(by.env, certainty));
}

/** Another name or handle, blocked or not, muted or not. */
export function changeContact(
  by: Writer,
  contact: ContactTrust,
  change: Partial<Pick<TrustRecord, 'name' | 'handle' | 'blocked' | 'muted'>>,
): ContactTrust {
  return { ...contact, record: written(by, contact.record, change).record };
}

/** Whether a record is of this contact: of its keys, of those it has changed to, or of its handle. */
export function isAbout({ record, changed }: ContactTrust, other: TrustRecord): boolean {
  if (other.accountId === record.accountId || other.accountId === changed?.accountId) return true;
  return other.handle !== '' && other.handle === record.handle;
}

/**
 * Takes a record that one's own other device wrote (`verifyTrustRecord`): the newer wins. Where it is about the keys
 * that this device has seen change, the decision was made there, and holds here.
 */
export function takeTrustRecord(contact: ContactTrust | undefined, record: TrustRecord): ContactTrust {
  if (contact === undefined) return { record, changed: undefined };
  const newest = newerTrustRecord(contact.record, record);
  const { changed } = contact;
  const decided = changed !== undefined && equalBytes(changed.accountKey, newest.accountKey);
  return { record: newest, changed: decided ? undefined : changed };
}

/** What stops sending to this contact; `undefined` when nothing does. */
export function sendingBlock(
  contact: ContactTrust,
  mode: { readonly strict: boolean },
): SendingBlock | undefined {
  if (contact.changed !== undefined) return 'changed';
  if (contact.record.blocked) return 'blocked';
  return mode.strict && contact.record.certainty === 'unverified' ? 'not-verified' : undefined;
}

/**
 * Who of the people in a room stops sending into it. Changed keys do, everywhere; in strict mode also whoever is not
 * known as verified. Blocking somebody says nothing about rooms that both are in.
 */
export function roomBlocks(
  accountIds: readonly AccountId[],
  contacts: readonly ContactTrust[],
  mode: { readonly strict: boolean },
): readonly { readonly accountId: AccountId; readonly block: SendingBlock }[] {
  return [...new Set(accountIds)].flatMap(accountId => {
    const contact = contacts.find(
      ({ record, changed }) => record.accountId === accountId || changed?.accountId === accountId,
    );
    if (contact === undefined) return mode.strict ? [{ accountId, block: 'not-verified' as const }] : [];
    const block = sendingBlock({ ...contact, record: { ...contact.record, blocked: false } }, mode);
    return block === undefined ? [] : [{ accountId, block }];
  });
}

function certain(env: CoreEnv, certainty: Certainty): Pick<TrustRecord, 'certainty' | 'verifiedAtMs'> {
  return { certainty, verifiedAtMs: certainty === 'unverified' ? undefined : env.nowMs() };
}

function written({ env, deviceId }: Writer, before: TrustRecord, change: Partial<TrustRecord>): ContactTrust {
  const record = { ...before, ...change, deviceId, counter: before.counter + 1, updatedAtMs: env.nowMs() };
  return { record, changed: undefined };
}

function assertSelfCertified(env: CoreEnv, { accountId, accountKey }: SafetyParty): void {
  if (accountIdOf(env, accountKey) === accountId) return;
  throw new CoreError('WRONG_STATE', 'the key is not behind the id');
}
