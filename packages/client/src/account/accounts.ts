import type { DeviceId, Entry, ServerBody } from '@sotto/protocol';
import type {
  AccountIntents,
  AccountView,
  CreateAccountOptions,
  HistorySize,
  LinkingState,
  LinkRequest,
  NewSignInPasskey,
  PasskeyIntents,
  PasskeySignIn,
  RecoverOptions,
  Registration,
  ServedAccountIntents,
  SignInOptions,
  SignInPasskey,
} from '../accountIntents.ts';
import type { MoveCursor } from '../door/inbox.ts';
import type { Rooms } from '../engine/rooms.ts';
import { People } from '../people/people.ts';
import type { RoomId } from '../projection.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomState } from '../room/roomState.ts';
import { SealedMessages } from '../sealed/sealedMessages.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { AccountContext, AccountMeans } from './accountContext.ts';
import { AccountPasskeys } from './accountPasskeys.ts';
import { AccountService } from './accountService.ts';
import { BeingAdded } from './beingAdded.ts';
import { BeingLinked } from './beingLinked.ts';
import { ChangingAccount } from './changingAccount.ts';
import { KeyPackageSupply } from './keyPackageSupply.ts';
import { LinkingDevice } from './linkingDevice.ts';
import { OwnAccount } from './ownAccount.ts';
import { OwnDevices } from './ownDevices.ts';
import { Registering } from './registering.ts';
import { SigningIn } from './signingIn.ts';

/** What the relay pushes about the account. */
export type AccountPush = Extract<
  ServerBody,
  { type: 'deviceListChanged' | 'keyPackageCount' | 'sealedChanged' }
>;

/** The account of this device: how it comes about, what changes it, and what keeps it going. One thing at a time. */
export class Accounts implements ServedAccountIntents, PasskeyIntents {
  readonly own: OwnAccount;
  private readonly context: AccountContext;
  readonly #changing: ChangingAccount;
  readonly #passkeys: AccountPasskeys;
  readonly #registering: Registering;
  readonly #signingIn: SigningIn;
  readonly #beingLinked: BeingLinked;
  readonly #linking: LinkingDevice;
  readonly #supply: KeyPackageSupply;
  readonly #devices: OwnDevices;
  readonly #added: BeingAdded;
  readonly people: People;
  readonly sealed: SealedMessages;
  readonly #queue = new SerialQueue();
  #registration: Registration | undefined;

  constructor(means: AccountMeans, rooms: Rooms, makeRoom: (state: RoomState) => RoomActor) {
    const context = { ...means, service: new AccountService(means.post) };
    const { room } = context;
    this.context = context;
    this.own = new OwnAccount(context, () => {
      this.#devices.consider();
      this.people.devicesChanged();
      this.sealed.devicesChanged();
    });
    this.#changing = new ChangingAccount(context, this.own);
    this.#passkeys = new AccountPasskeys(context, this.own);
    this.#registering = new Registering(context, this.own);
    this.#signingIn = new SigningIn(context, this.own, this.#changing, () => rooms.all.length > 0);
    this.#beingLinked = new BeingLinked(
      context,
      () => this.#signingIn.assertNew(),
      ({ identity, handle, list, name }) => this.#signingIn.adopt(identity, handle, list, name),
    );
    this.#linking = new LinkingDevice(context, this.own);
    this.#supply = new KeyPackageSupply(room);
    this.#devices = new OwnDevices(room, rooms, this.own);
    this.people = new People(room, rooms, this.own, makeRoom, context.changed, account =>
      this.sealed.talk.start(account),
    );
    this.sealed = new SealedMessages(room, rooms, this.own, makeRoom, {
      changed: context.changed,
      heardFrom: accountId => this.people.heardFrom(accountId),
      entered: (entered, by) => void this.people.entered(entered, by).catch(() => undefined),
    });
    this.#added = new BeingAdded(room, rooms, this.#supply, makeRoom, (entered, by) => {
      void this.people.entered(entered, by).catch(() => undefined);
    });
  }

  get view(): AccountView | undefined {
    const { view } = this.own;
    const history = this.people.history.view;
    return view && (history.length === 0 ? view : { ...view, history });
  }

  get linking(): LinkingState | undefined {
    return this.#beingLinked.state;
  }

  get deletedHandle(): string | undefined {
    return this.own.deletedHandle;
  }

  get registration(): Registration | undefined {
    return this.#registration;
  }

  /** Before anything else of the engine runs. */
  async load(): Promise<void> {
    await this.own.load();
    await this.#devices.load();
    await this.people.load();
    await this.sealed.load();
  }

  /** What a stop in the middle left is brought to its end, whatever it is. */
  begin(): void {
    void this.#queue
      .run(async () => {
        await this.#registering.finish();
        await this.#signingIn.finish();
      })
      .catch(() => undefined);
  }

  /** A session stands. */
  online(): void {
    const looked = this.own
      .refresh()
      .catch(() => undefined)
      .then(() => {
        const seen = this.people.online();
        this.sealed.lookUp();
        void this.#keepUp();
        return seen;
      });
    this.people.looking(looked);
  }

  pushed(push: AccountPush): void {
    if (push.type === 'sealedChanged') this.sealed.lookUp();
    else if (push.type === 'deviceListChanged') {
      void this.own
        .take(push.signedDeviceList)
        // The same list again: one of its devices can be added now.
        .then(() => this.#devices.consider())
        .then(() => this.people.listShown(push.signedDeviceList))
        .catch(() => undefined);
    } else if (this.own.list !== undefined) void this.#supply.keepUp().catch(() => undefined);
  }

  /** A room is there, or stands otherwise. */
  roomChanged(roomId: RoomId): void {
    this.#devices.roomChanged(roomId);
    this.sealed.roomChanged(roomId);
    this.people.roomChanged(roomId);
  }

  /** The relay has closed the session because the account is gone. */
  async deletedElsewhere(): Promise<void> {
    await this.own.setGone(true);
    await this.#supply.forget();
  }

  receiveWelcome(entry: Entry, moveCursor: MoveCursor): Promise<boolean> {
    // A JWE in JSON: no Welcome of MLS begins so.
    if (entry.payload[0] === 0x7b) return this.sealed.talk.receiveWelcome(entry, moveCursor);
    return this.#added.receiveWelcome(entry, moveCursor);
  }

  askRegistration(): Promise<void> {
    return this.#queue.run(async () => {
      this.#registration = (await this.context.service.policy()).mode;
      this.context.changed();
    });
  }

  createAccount(options: CreateAccountOptions): Promise<{ recoveryCode: string }> {
    return this.#queue.run(async () => {
      const made = await this.#registering.createAccount(options);
      await this.#untilAddable();
      return made;
    });
  }

  signIn(options: SignInOptions): Promise<void> {
    return this.#queue.run(() => this.#signingIn.signIn(options));
  }

  recover(options: RecoverOptions): Promise<void> {
    return this.#queue.run(() => this.#signingIn.recover(options));
  }

  changePassword(...args: Parameters<AccountIntents['changePassword']>): Promise<void> {
    return this.#queue.run(() => this.#changing.changePassword(...args));
  }

  signInByPasskey(options: PasskeySignIn): Promise<void> {
    return this.#queue.run(() => this.#signingIn.signInByPasskey(options));
  }

  listSignInPasskeys(): Promise<readonly SignInPasskey[]> {
    return this.#passkeys.list();
  }

  addSignInPasskey(passkey: NewSignInPasskey): Promise<void> {
    return this.#queue.run(() => this.#passkeys.add(passkey));
  }

  removeSignInPasskey(passkeyId: string): Promise<void> {
    return this.#queue.run(() => this.#passkeys.remove(passkeyId));
  }

  makeAccountRecoveryCode(): Promise<{ recoveryCode: string }> {
    return this.#queue.run(() => this.#changing.makeRecoveryCode());
  }

  deleteAccount(password: string): Promise<void> {
    return this.#queue.run(async () => {
      await this.#changing.deleteAccount(password);
      await this.#supply.forget();
    });
  }

  beginLink(deviceName: string): Promise<void> {
    return this.#queue.run(() => this.#beingLinked.begin(deviceName));
  }

  cancelLink(): Promise<void> {
    return this.#queue.run(async () => this.#beingLinked.cancel());
  }

  confirmLink(): Promise<void> {
    return this.#queue.run(() => this.#beingLinked.confirm());
  }

  readLinkCode(code: string): Promise<LinkRequest> {
    return this.#queue.run(() => this.#linking.read(code));
  }

  approveLink(code: string, deviceName: string): Promise<void> {
    return this.#queue.run(() => this.#linking.approve(code, deviceName));
  }

  refuseLink(code: string): Promise<void> {
    return this.#queue.run(() => this.#linking.refuse(code));
  }

  measureHistory(deviceId: DeviceId): Promise<HistorySize> {
    return this.people.history.measureHistory(deviceId);
  }

  sendHistory(deviceId: DeviceId): Promise<void> {
    return this.people.history.sendHistory(deviceId);
  }

  stopHistory(deviceId: DeviceId): Promise<void> {
    return this.people.history.stopHistory(deviceId);
  }

  renameDevice(...[deviceId, name]: Parameters<AccountIntents['renameDevice']>): Promise<void> {
    return this.own.rename(deviceId, name);
  }

  revokeDevice(...[deviceId]: Parameters<AccountIntents['revokeDevice']>): Promise<void> {
    return this.own.revoke(deviceId);
  }

  /** Takes this device off the list, if another is left; the account stays. */
  async leave(): Promise<void> {
    const { list } = this.own;
    if (list === undefined || list.devices.length < 2) return;
    await this.own.revoke(this.context.room.identity.deviceId);
  }

  async close(): Promise<void> {
    this.#beingLinked.close();
    this.#devices.close();
    await Promise.all([
      this.own.idle(),
      this.#supply.idle(),
      this.#devices.idle(),
      this.people.close(),
      this.sealed.close(),
    ]);
  }

  /** Others can add this device from then on. Where the relay is gone by now, they can once it is back. */
  async #untilAddable(): Promise<void> {
    await this.context.online().then(
      () => this.#supply.begin(),
      () => undefined,
    );
  }

  async #keepUp(): Promise<void> {
    this.#devices.consider();
    if (this.own.list !== undefined) await this.#supply.keepUp().catch(() => undefined);
  }
}
