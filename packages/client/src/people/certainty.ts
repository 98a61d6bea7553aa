import {
  type ContactTrust,
  changeContact,
  compareQr,
  decideChange,
  type SafetyParty,
  safetyNumber,
  setCertainty,
} from '@sotto/core';
import type { AccountId } from '@sotto/protocol';
import { ClientError } from '../intents.ts';
import type { SafetyNumberView, ScanOutcome } from '../peopleIntents.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { Contacts, Met } from './contacts.ts';

/** How sure one is of people, and what one does about it. */
export class CertaintyOfPeople {
  constructor(
    private readonly context: RoomContext,
    private readonly contacts: Contacts,
    /** Somebody who is in a room of this device, or was looked up. */
    private readonly known: (accountId: AccountId) => Met | undefined,
  ) {}

  number(accountId: AccountId): SafetyNumberView {
    const { groups, qr } = safetyNumber(this.context.env, this.#own, this.#party(accountId));
    return { digits: groups.join(''), qr: new TextEncoder().encode(qr) };
  }

  async verify(accountId: AccountId): Promise<void> {
    const contact = await this.#contact(accountId);
    const { by } = this.contacts;
    const sure =
      contact.changed === undefined
        ? setCertainty(by, contact, 'verified')
        : decideChange(by, contact, 'verified-again');
    await this.contacts.put(sure, contact);
  }

  async compareScanned(accountId: AccountId, scanned: Uint8Array): Promise<ScanOutcome> {
    const others = this.contacts.all.map(({ record, changed }) => changed ?? record);
    const { outcome } = compareQr(this.context.env, new TextDecoder().decode(scanned), {
      own: this.#own,
      other: this.#party(accountId),
      contacts: others,
    });
    if (outcome === 'match') await this.verify(accountId);
    // What is no safety number at all cannot be compared either.
    return outcome === 'no-number' ? 'wrong-version' : outcome;
  }

  async forget(accountId: AccountId): Promise<void> {
    const contact = this.contacts.find(accountId);
    if (contact === undefined) return;
    if (contact.changed !== undefined)
      throw new ClientError('KEYS_CHANGED', 'decide about the new keys first');
    await this.contacts.put(setCertainty(this.contacts.by, contact, 'unverified'), contact);
  }

  async acceptNewKeys(accountId: AccountId): Promise<void> {
    const contact = this.contacts.find(accountId);
    if (contact === undefined) throw new ClientError('PERSON_UNKNOWN', 'not known here');
    if (contact.changed === undefined) return;
    await this.contacts.put(decideChange(this.contacts.by, contact, 'continue'), contact);
  }

  async leaveNewKeys(accountId: AccountId): Promise<void> {
    const contact = this.contacts.find(accountId);
    if (contact === undefined) throw new ClientError('PERSON_UNKNOWN', 'not known here');
    if (contact.changed === undefined || contact.changed.left) return;
    // Each device asks its own person: what it has seen of the relay is its own.
    await this.contacts.put(decideChange(this.contacts.by, contact, 'leave'), contact, false);
  }

  async setBlocked(accountId: AccountId, blocked: boolean): Promise<void> {
    const contact = blocked ? await this.#contact(accountId) : this.contacts.find(accountId);
    if (contact === undefined || contact.record.blocked === blocked) return;
    await this.contacts.put(changeContact(this.contacts.by, contact, { blocked }), contact);
  }

  async #contact(accountId: AccountId): Promise<ContactTrust> {
    const contact = this.contacts.find(accountId);
    if (contact !== undefined) return contact;
    const met = this.known(accountId);
    if (met === undefined) throw new ClientError('PERSON_UNKNOWN', 'not known here');
    return this.contacts.meet(met);
  }

  /** Whose number it is: where the keys have changed, that of the new ones. */
  #party(accountId: AccountId): SafetyParty {
    if (accountId === this.context.identity.accountId)
      throw new ClientError('NOT_ALLOWED', 'that is oneself');
    const contact = this.contacts.find(accountId);
    const party = contact?.changed ?? contact?.record ?? this.known(accountId);
    if (party === undefined) throw new ClientError('PERSON_UNKNOWN', 'not known here');
    return party;
  }

  get #own(): SafetyParty {
    const { accountId, accountKey } = this.context.identity;
    return { accountId, accountKey };
  }
}
