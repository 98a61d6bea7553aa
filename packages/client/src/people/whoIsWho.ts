import type { AccountId } from '@sotto/protocol';
import type { OwnAccount } from '../account/ownAccount.ts';
import type { Rooms } from '../engine/rooms.ts';
import { ClientError } from '../intents.ts';
import type { PersonRef } from '../peopleIntents.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import type { Contacts, Met } from './contacts.ts';
import type { Directory, KnownAccount } from './directory.ts';

/** Of all rooms together, at each session: beyond that, others look. */
const MEMBERS_LOOKED_AT = 200;

/** Who people are: by the relay's directory, by the rooms that they share with this device, by the contacts. */
export class WhoIsWho {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly own: Pick<OwnAccount, 'list'>,
    private readonly directory: Directory,
    private readonly contacts: Contacts,
  ) {}

  /** Throws `NO_ACCOUNT`, `PERSON_UNKNOWN`, `HANDLE_INVALID`, `OFFLINE`. */
  async resolve(person: PersonRef): Promise<KnownAccount> {
    this.assertRegistered();
    const account =
      'handle' in person
        ? await this.directory.byHandle(person.handle)
        : (await this.directory.byIds([person.accountId]))[0];
    if (account === undefined) throw new ClientError('PERSON_UNKNOWN', 'no such account');
    return account;
  }

  assertRegistered(): void {
    if (this.own.list === undefined) throw new ClientError('NO_ACCOUNT', 'this device has no account');
  }

  handleOf(accountId: AccountId): string | undefined {
    const contact = this.contacts.find(accountId);
    const met = contact?.record.accountId === accountId ? contact.record.handle : '';
    return this.directory.handleOf(accountId) ?? (met === '' ? undefined : met);
  }

  /** Whoever shares a room with this device, as they call themselves there, or was looked up. */
  met(accountId: AccountId): Met | undefined {
    for (const { actor } of this.rooms.all) {
      const member = viewOf(actor.state)?.members.find(each => each.accountId === accountId);
      if (member === undefined) continue;
      const { accountKey } = member;
      const handle = this.directory.handleOf(accountId) ?? '';
      return { accountId, accountKey, handle, name: this.namesInRooms().get(accountId) ?? handle };
    }
    // Looked up, or by a sealed message: in no room with this device.
    const found = this.directory.known(accountId);
    return found && { ...found, name: found.handle };
  }

  /** As they call themselves. */
  namesInRooms(): ReadonlyMap<AccountId, string> {
    const names = new Map<AccountId, string>();
    for (const { actor } of this.rooms.all) {
      for (const { accountId, deviceId } of viewOf(actor.state)?.members ?? []) {
        const name = actor.state.peers.get(deviceId)?.name ?? '';
        if (name !== '' && !names.has(accountId)) names.set(accountId, name);
      }
    }
    return names;
  }

  /** Whether contacts are who they were, and which devices they and the members of rooms have. */
  async lookAtAll(): Promise<void> {
    if (this.own.list === undefined) return;
    await this.#lookAtContacts();
    await this.#lookAtMembers();
  }

  /** Asks the relay who these are. Gives those that are no accounts any more. */
  async lookAt(accountIds: readonly AccountId[]): Promise<readonly AccountId[]> {
    if (accountIds.length === 0) return [];
    const found = await this.directory.byIds(accountIds);
    for (const { accountId, accountKey, handle } of found)
      await this.contacts.seen({ accountId, accountKey, handle, name: handle });
    return accountIds.filter(id => !found.some(({ accountId }) => accountId === id));
  }

  async #lookAtContacts(): Promise<void> {
    const gone = await this.lookAt(this.contacts.all.map(({ record }) => record.accountId));
    for (const accountId of gone) {
      const handle = this.contacts.find(accountId)?.record.handle ?? '';
      if (handle === '') continue;
      await this.resolve({ handle })
        .then(account => this.contacts.seen({ ...account, name: handle }))
        .catch(() => undefined);
    }
  }

  /** The device lists of whoever else is in a room with this device. */
  async #lookAtMembers(): Promise<void> {
    const members = this.rooms.all.flatMap(({ actor }) => viewOf(actor.state)?.members ?? []);
    const others = members.filter(
      ({ accountId, guest }) => !guest && this.contacts.find(accountId) === undefined,
    );
    const accountIds = new Set(others.map(({ accountId }) => accountId));
    accountIds.delete(this.context.identity.accountId);
    await this.directory.byIds([...accountIds].slice(0, MEMBERS_LOOKED_AT));
  }
}
