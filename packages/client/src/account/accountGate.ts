import type { Entry } from '@sotto/protocol';
import type { Vault } from '@sotto/vault';
import type {
  AccountView,
  HistorySize,
  LinkingState,
  LinkRequest,
  PasskeyIntents,
  Registration,
  ServedAccountIntents,
} from '../accountIntents.ts';
import type { MoveCursor } from '../door/inbox.ts';
import { ClientError } from '../intents.ts';
import type { PeopleIntents, PersonView } from '../peopleIntents.ts';
import type { RoomId } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import { NOBODY_KNOWN, type PeopleRules } from '../room/peopleRules.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { SealedTalk } from '../room/sealedTalk.ts';
import type { SealedIntents, SealedView } from '../sealedIntents.ts';
import type { AccountPush, Accounts } from './accounts.ts';

/** Where one of these is, there is something to keep up, or to bring to its end. */
const SIGNS = [KEYS.account, KEYS.registering, KEYS.entering, KEYS.privacy] as const;

type Args<Name extends keyof ServedAccountIntents> = Parameters<ServedAccountIntents[Name]>;

/**
 * The account of this device, where there is one or somebody wants one: everyone else does without its code, which is
 * loaded then.
 */
export class AccountGate implements ServedAccountIntents {
  #accounts: Accounts | undefined;
  #loading: Promise<Accounts> | undefined;

  constructor(
    private readonly vault: Vault,
    /** Loads the code, and what the store has of an account. Absent: there are none here. */
    private readonly make: (() => Promise<Accounts>) | undefined,
  ) {}

  get view(): AccountView | undefined {
    return this.#accounts?.view;
  }

  get linking(): LinkingState | undefined {
    return this.#accounts?.linking;
  }

  get deletedHandle(): string | undefined {
    return this.#accounts?.deletedHandle;
  }

  /** What rooms are to know of people. */
  get rules(): PeopleRules {
    return this.#accounts?.people ?? NOBODY_KNOWN;
  }

  get peopleView(): readonly PersonView[] | undefined {
    return this.#accounts?.people.view;
  }

  get sealedTalk(): SealedTalk | undefined {
    return this.#accounts?.sealed.talk;
  }

  get sealedView(): SealedView | undefined {
    return this.#accounts?.sealed.view;
  }

  /** What a person does about sealed messages. Throws as `people`. */
  async sealed(): Promise<SealedIntents> {
    return (await this.#get()).sealed;
  }

  /** What a person does about passkeys that sign in. Throws as `people`. */
  passkeys(): Promise<PasskeyIntents> {
    return this.#get();
  }

  /** Something that is not kept came for a room. */
  signal(room: RoomActor, payload: Uint8Array): void {
    this.#accounts?.people.signal(room, payload);
  }

  /** What a person does about others. Throws `OFFLINE` where its code cannot be loaded. */
  async people(): Promise<PeopleIntents> {
    return (await this.#get()).people;
  }

  get registration(): Registration | undefined {
    return this.#accounts?.registration;
  }

  /** Before anything else of the engine runs. */
  async load(): Promise<void> {
    if (this.make === undefined) return;
    const found = await Promise.all(SIGNS.map(key => this.vault.read(key)));
    const people = await this.vault.scan({ prefix: KEYS.contacts, limit: 1 });
    if (people.length > 0 || found.some(record => record !== undefined)) await this.#get();
  }

  begin(): void {
    this.#accounts?.begin();
  }

  online(): void {
    this.#accounts?.online();
  }

  pushed(push: AccountPush): void {
    this.#accounts?.pushed(push);
  }

  roomChanged(roomId: RoomId): void {
    this.#accounts?.roomChanged(roomId);
  }

  async deletedElsewhere(): Promise<void> {
    await this.#accounts?.deletedElsewhere();
  }

  async receiveSealed(entry: Entry, moveCursor: MoveCursor): Promise<boolean> {
    return (await this.#accounts?.sealed.receive(entry, moveCursor)) ?? false;
  }

  async receiveWelcome(entry: Entry, moveCursor: MoveCursor): Promise<boolean> {
    return (await this.#accounts?.receiveWelcome(entry, moveCursor)) ?? false;
  }

  async askRegistration(): Promise<void> {
    return (await this.#get()).askRegistration();
  }

  async createAccount(...args: Args<'createAccount'>): Promise<{ recoveryCode: string }> {
    return (await this.#get()).createAccount(...args);
  }

  async signIn(...args: Args<'signIn'>): Promise<void> {
    return (await this.#get()).signIn(...args);
  }

  async recover(...args: Args<'recover'>): Promise<void> {
    return (await this.#get()).recover(...args);
  }

  async changePassword(...args: Args<'changePassword'>): Promise<void> {
    return (await this.#get()).changePassword(...args);
  }

  async makeAccountRecoveryCode(): Promise<{ recoveryCode: string }> {
    return (await this.#get()).makeAccountRecoveryCode();
  }

  async deleteAccount(...args: Args<'deleteAccount'>): Promise<void> {
    return (await this.#get()).deleteAccount(...args);
  }

  async renameDevice(...args: Args<'renameDevice'>): Promise<void> {
    return (await this.#get()).renameDevice(...args);
  }

  async revokeDevice(...args: Args<'revokeDevice'>): Promise<void> {
    return (await this.#get()).revokeDevice(...args);
  }

  async beginLink(...args: Args<'beginLink'>): Promise<void> {
    return (await this.#get()).beginLink(...args);
  }

  async cancelLink(): Promise<void> {
    await this.#accounts?.cancelLink();
  }

  async confirmLink(): Promise<void> {
    return (await this.#get()).confirmLink();
  }

  async readLinkCode(...args: Args<'readLinkCode'>): Promise<LinkRequest> {
    return (await this.#get()).readLinkCode(...args);
  }

  async approveLink(...args: Args<'approveLink'>): Promise<void> {
    return (await this.#get()).approveLink(...args);
  }

  async refuseLink(...args: Args<'refuseLink'>): Promise<void> {
    return (await this.#get()).refuseLink(...args);
  }

  async measureHistory(...args: Args<'measureHistory'>): Promise<HistorySize> {
    return (await this.#get()).measureHistory(...args);
  }

  async sendHistory(...args: Args<'sendHistory'>): Promise<void> {
    return (await this.#get()).sendHistory(...args);
  }

  async stopHistory(...args: Args<'stopHistory'>): Promise<void> {
    return (await this.#get()).stopHistory(...args);
  }

  /** Takes this device off the account's list, where another is left. */
  async leave(): Promise<void> {
    await this.#accounts?.leave();
  }

  async close(): Promise<void> {
    await this.#accounts?.close();
  }

  async #get(): Promise<Accounts> {
    if (this.make === undefined)
      throw new ClientError('REGISTRATION_CLOSED', 'this program knows no accounts');
    this.#loading ??= this.make();
    try {
      this.#accounts = await this.#loading;
      return this.#accounts;
    } catch {
      this.#loading = undefined;
      throw new ClientError('OFFLINE', 'what is needed for it cannot be loaded', { retryable: true });
    }
  }
}
