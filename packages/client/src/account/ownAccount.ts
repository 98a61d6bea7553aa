import {
  CoreError,
  type DeviceIdentity,
  deviceNames,
  renameDevice,
  revokeDevice,
  type VerifiedDeviceList,
  verifyDeviceList,
} from '@sotto/core';
import type { DeviceId, Handle } from '@sotto/protocol';
import type { StoreWrite } from '@sotto/vault';
import type { AccountView } from '../accountIntents.ts';
import { ClientError } from '../intents.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { AccountContext } from './accountContext.ts';
import type { AccountRecord } from './accountRecords.ts';

/** Each time somebody else was faster, the change is made again on what they made. */
const MOST_TRIES = 4;
const REVOKED_SHOWN = 20;
const DAY_MS = 24 * 3_600_000;

/** This device's account and its devices: the newest signed list that was seen, and how it changes. */
export class OwnAccount {
  #record: AccountRecord | undefined;
  #list: VerifiedDeviceList | undefined;
  #toldGone = false;
  /** Made once for each change: names are opened for it, and states are drawn often. */
  #view: AccountView | undefined;
  readonly #queue = new SerialQueue();

  constructor(
    private readonly context: AccountContext,
    /** The list is another. */
    private readonly listChanged: () => void,
  ) {}

  async load(): Promise<void> {
    const kept = await this.context.room.vault.read(KEYS.account);
    if (kept === undefined) return;
    const record = decodeRecord<AccountRecord>(kept);
    const { accountId } = this.context.room.identity;
    this.#list = verifyDeviceList(this.context.room.env, record.signedDeviceList, { accountId });
    this.#record = record;
  }

  /** Of an account that is registered. */
  get list(): VerifiedDeviceList | undefined {
    return this.#record?.gone === true ? undefined : this.#list;
  }

  get handle(): Handle | undefined {
    return this.list && this.#record?.handle;
  }

  /** The handle of an account that was deleted, here or by another of its devices. */
  get deletedHandle(): Handle | undefined {
    return this.#record?.gone === true ? this.#record.handle : undefined;
  }

  /** Throws `NO_ACCOUNT`. */
  get registered(): { readonly handle: Handle; readonly list: VerifiedDeviceList } {
    const { list, handle } = this;
    if (list === undefined || handle === undefined)
      throw new ClientError('NO_ACCOUNT', 'this device has no account');
    return { list, handle };
  }

  get view(): AccountView | undefined {
    this.#view ??= this.#makeView();
    return this.#view;
  }

  #makeView(): AccountView | undefined {
    const { list, handle } = this;
    const record = this.#record;
    if (list === undefined || handle === undefined || record === undefined) return undefined;
    const { env, identity } = this.context.room;
    const names = deviceNames(env, identity, list);
    const active = list.devices.map(({ deviceId, createdAtMs }) => ({
      deviceId,
      name: names.get(deviceId) ?? '',
      createdAtMs,
      self: deviceId === identity.deviceId,
      state: 'active' as const,
      ...this.#lastUsed(deviceId),
    }));
    const revoked = record.revoked.map(device => ({ ...device, self: false, state: 'revoked' as const }));
    return {
      accountId: identity.accountId,
      handle,
      devices: [...active, ...revoked],
      recoveryCodeMade: record.recoveryCodeMade,
    };
  }

  /** What makes this device one of a registered account, for the transaction that gives it its identity. */
  begun(options: {
    readonly handle: Handle;
    readonly list: VerifiedDeviceList;
    readonly recoveryCodeMade: boolean;
  }): { readonly write: StoreWrite; readonly take: () => void } {
    const { handle, list, recoveryCodeMade } = options;
    const record: AccountRecord = {
      handle,
      signedDeviceList: list.signed,
      recoveryCodeMade,
      revoked: [],
    };
    return {
      write: { key: KEYS.account, value: encodeRecord(record) },
      take: () => {
        this.#record = record;
        this.#list = list;
        this.#view = undefined;
      },
    };
  }

  /** The day since 1970 on which it said last that it was used. */
  usedOn(deviceId: DeviceId): number | undefined {
    return this.#record?.usedOn?.find(used => used.deviceId === deviceId)?.day;
  }

  /** Days go on only; devices that are not listed are not remembered. */
  setUsed(deviceId: DeviceId, day: number): Promise<void> {
    return this.#queue.run(async () => {
      if ((this.usedOn(deviceId) ?? -1) >= day) return;
      const listed = new Set(this.list?.devices.map(device => device.deviceId));
      const others = this.#record?.usedOn?.filter(used => used.deviceId !== deviceId) ?? [];
      const usedOn = [...others, { deviceId, day }].filter(used => listed.has(used.deviceId));
      await this.#change({ usedOn });
    });
  }

  /** In the middle of the day: it is the same day then nearly everywhere. */
  #lastUsed(deviceId: DeviceId): { readonly lastUsedMs?: number } {
    const day = this.usedOn(deviceId);
    return day === undefined ? {} : { lastUsedMs: (day + 0.5) * DAY_MS };
  }

  async recoveryCodeMade(): Promise<void> {
    await this.#change({ recoveryCodeMade: true });
  }

  /** Whether the relay said last that there is no such account; known before it is stored. */
  get toldGone(): boolean {
    return this.#toldGone;
  }

  /** The relay says that it is gone, or is there again. */
  async setGone(gone: boolean): Promise<void> {
    this.#toldGone = gone;
    if (this.#record !== undefined && (this.#record.gone ?? false) !== gone) await this.#change({ gone });
  }

  /** A list that the relay tells of: taken where the account signed it and it is newer than what was seen. */
  take(signed: Uint8Array): Promise<void> {
    return this.#queue.run(async () => {
      const known = this.#list;
      if (known === undefined) return;
      try {
        const list = verifyDeviceList(this.context.room.env, signed, { accountId: known.accountId, known });
        if (list.counter > known.counter) await this.#store(list);
      } catch (error) {
        // An older list, or one that the account never signed: the relay may say what it likes.
        if (!(error instanceof CoreError)) throw error;
      }
    });
  }

  /** Throws `UNKNOWN_DEVICE`, `BAD_NAME`, `NO_ACCOUNT`. */
  rename(deviceId: DeviceId, name: string): Promise<void> {
    return this.put(list => renameDevice(this.#env, this.#identity, list, { deviceId, name }));
  }

  /** Throws `UNKNOWN_DEVICE`, `NO_ACCOUNT`. */
  revoke(deviceId: DeviceId): Promise<void> {
    return this.put(list => revokeDevice(this.#env, this.#identity, list, deviceId));
  }

  /** Signs the next list and has the relay take it, on top of whatever another device has made meanwhile. */
  put(next: (list: VerifiedDeviceList) => VerifiedDeviceList): Promise<void> {
    return this.#queue.run(async () => {
      for (let tries = 1; ; tries++) {
        const list = made(next, this.registered.list);
        try {
          await this.context.room.link.request({ type: 'putDeviceList', signedDeviceList: list.signed });
          return await this.#store(list);
        } catch (error) {
          const late = error instanceof RelayFailure && error.code === 'DEVICE_LIST_OLD';
          if (!late || tries === MOST_TRIES) throw error;
          await this.#fetch();
        }
      }
    });
  }

  /** Asks the relay for the newest list. */
  refresh(): Promise<void> {
    return this.#queue.run(() => this.#fetch());
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #fetch(): Promise<void> {
    const known = this.#list;
    if (known === undefined) return;
    const { accountId } = known;
    const answer = await this.context.room.link.request({ type: 'lookUpAccounts', accountIds: [accountId] });
    if (answer.type !== 'accounts') return;
    const signed = answer.accounts[0]?.signedDeviceList;
    await this.setGone(signed === undefined);
    if (signed === undefined) return;
    const list = verifyDeviceList(this.#env, signed, { accountId, known });
    if (list.counter > known.counter) await this.#store(list);
  }

  async #store(list: VerifiedDeviceList): Promise<void> {
    const before = this.#list;
    const names = before && deviceNames(this.#env, this.#identity, before);
    const gone = before?.devices.filter(({ deviceId }) => list.revokedDeviceIds.includes(deviceId)) ?? [];
    const revoked = [
      ...(this.#record?.revoked ?? []),
      ...gone.map(({ deviceId, createdAtMs }) => ({
        deviceId,
        name: names?.get(deviceId) ?? '',
        createdAtMs,
      })),
    ].slice(-REVOKED_SHOWN);
    await this.#change({ signedDeviceList: list.signed, revoked });
    this.#list = list;
    this.#view = undefined;
    this.context.changed();
    this.listChanged();
  }

  async #change(patch: Partial<AccountRecord>): Promise<void> {
    if (this.#record === undefined) return;
    const record = { ...this.#record, ...patch };
    await this.context.room.vault.commit([{ key: KEYS.account, value: encodeRecord(record) }]);
    this.#record = record;
    this.#view = undefined;
    this.context.changed();
  }

  get #env() {
    return this.context.room.env;
  }

  get #identity(): DeviceIdentity {
    return this.context.room.identity;
  }
}

function made(
  next: (list: VerifiedDeviceList) => VerifiedDeviceList,
  list: VerifiedDeviceList,
): VerifiedDeviceList {
  try {
    return next(list);
  } catch (error) {
    if (error instanceof CoreError && error.facts.reason === 'unknown-device')
      throw new ClientError('UNKNOWN_DEVICE', 'not in the account’s list');
    throw error;
  }
}
