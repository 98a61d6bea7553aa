import {
  type ContactTrust,
  changeContact,
  firstContact,
  keysSeen,
  type SafetyParty,
  takeTrustRecord,
} from '@sotto/core';
import type { AccountId, TrustRecord } from '@sotto/protocol';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { scanAll } from '../records/scanAll.ts';
import type { RoomContext } from '../room/roomContext.ts';

/** Somebody who was met: with the name and handle they have now. */
export type Met = SafetyParty & { readonly name: string; readonly handle: string };

/** The people that this device knows, and how sure it is of each. What holds is on the disk first. */
export class Contacts {
  readonly #contacts = new Map<AccountId, ContactTrust>();

  constructor(
    private readonly context: RoomContext,
    /** `own`: this device wrote it, and the account's others should hear of it. */
    private readonly changed: (contact: ContactTrust, own: boolean, before: ContactTrust | undefined) => void,
  ) {}

  async load(): Promise<void> {
    for (const { value } of await scanAll(this.context.vault, KEYS.contacts)) {
      const contact = decodeRecord<ContactTrust>(value);
      this.#contacts.set(contact.record.accountId, contact);
    }
  }

  get all(): readonly ContactTrust[] {
    return [...this.#contacts.values()];
  }

  /** By the account that they were met with, or by the one that is behind their handle since. */
  find(accountId: AccountId): ContactTrust | undefined {
    return this.#contacts.get(accountId) ?? this.all.find(({ changed }) => changed?.accountId === accountId);
  }

  byHandle(handle: string): ContactTrust | undefined {
    return handle === '' ? undefined : this.all.find(({ record }) => record.handle === handle);
  }

  get by() {
    const { env, identity } = this.context;
    return { env, deviceId: identity.deviceId };
  }

  /** Remembers somebody. Where another account has a handle that was known, that person has changed. */
  async meet(who: Met): Promise<ContactTrust> {
    const seen = await this.seen(who);
    if (seen !== undefined) return seen;
    return this.put(firstContact(this.by, who), undefined);
  }

  /** What the relay says of somebody who may be known: nothing is remembered of others. */
  async seen(who: Met): Promise<ContactTrust | undefined> {
    const { env } = this.context;
    const known = this.find(who.accountId) ?? this.byHandle(who.handle);
    if (known === undefined) return undefined;
    const now = keysSeen(env, known, who);
    const renamed = now.changed === undefined && who.handle !== '' && who.handle !== now.record.handle;
    if (renamed) return this.put(changeContact(this.by, now, { handle: who.handle }), known);
    const same = now.changed?.accountId === known.changed?.accountId;
    return same ? known : this.put(now, known, false);
  }

  /** Takes what another own device wrote. `before`: the contact that it is about. */
  async take(before: ContactTrust | undefined, record: TrustRecord): Promise<void> {
    const now = takeTrustRecord(before, record);
    if (now.record !== before?.record || now.changed !== before.changed) await this.put(now, before, false);
  }

  async put(contact: ContactTrust, before: ContactTrust | undefined, own = true): Promise<ContactTrust> {
    const { accountId } = contact.record;
    const gone = before?.record.accountId !== accountId ? before?.record.accountId : undefined;
    await this.context.vault.commit([
      { key: KEYS.contact(accountId), value: encodeRecord(contact) },
      ...(gone === undefined ? [] : [{ key: KEYS.contact(gone), value: null }]),
    ]);
    if (gone !== undefined) this.#contacts.delete(gone);
    this.#contacts.set(accountId, contact);
    this.changed(contact, own, before);
    return contact;
  }
}
