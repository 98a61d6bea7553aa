import type {
  AccountIntents,
  CreateAccountOptions,
  DeviceView,
  EngineState,
  HistorySize,
  LinkRequest,
  NewSignInPasskey,
  PasskeyIntents,
  PeopleIntents,
  PersonRef,
  PersonView,
  PrivacyView,
  RecoverOptions,
  RoleName,
  RoomId,
  SafetyNumberView,
  ScanOutcome,
  SignInOptions,
  SignInPasskey,
} from '@sotto/client';
import { FakeEngine } from './fakeEngine.ts';
import { LINK_CODE, LINK_TYPED, LINK_WORDS, RECOVERY_WORDS, room, SAFETY_DIGITS, SUITE } from './fixtures.ts';

type AccountId = PersonView['accountId'];
type Account = NonNullable<EngineState['account']>;

/** What goes wrong on purpose, by what is typed: everything else goes well. */
export const PASSWORD = 'copper lantern orchid';
const TAKEN_HANDLE = 'mara';
const BUSY_HANDLE = 'busy';

const refuse = (code: string, facts = {}): Error => Object.assign(new Error(code), { code, facts });

const capital = (name: string): string => name.replace(/^./, letter => letter.toUpperCase());

/** The fake engine, with accounts and people. */
export class FakePeople extends FakeEngine implements AccountIntents, PasskeyIntents, PeopleIntents {
  #passkeys: readonly SignInPasskey[] = [
    { passkeyId: 'ring', name: 'Key on my ring', createdAtMs: Date.now() - 40 * 86_400_000 },
    { passkeyId: 'lost', name: '' },
  ];

  async #takesTime(name: string): Promise<void> {
    this.calls.push(name);
    await new Promise(resolve => setTimeout(resolve, this.behaviour.stepMs ?? 150));
  }

  #become(handle: string, devices: readonly DeviceView[] = []): void {
    const self = this.state.self!;
    const own: DeviceView = {
      deviceId: self.deviceId,
      name: 'Chrome on Linux',
      createdAtMs: Date.now(),
      self: true,
      state: 'active',
    };
    const privacy: PrivacyView = { readReceipts: true, typing: true, presence: true, strict: false };
    const account: Account = {
      accountId: self.accountId,
      handle,
      devices: [own, ...devices],
      recoveryCodeMade: true,
    };
    this.setState({ account, people: this.state.people ?? [], privacy: this.state.privacy ?? privacy });
  }

  #account(): Account {
    if (this.state.account === undefined) throw refuse('NO_ACCOUNT');
    return this.state.account;
  }

  #without<K extends keyof EngineState>(key: K): void {
    const { [key]: _, ...rest } = this.state;
    this.setState({ ...rest, [key]: undefined } as Partial<EngineState>);
  }

  async askRegistration(): Promise<void> {
    this.calls.push('askRegistration');
    const { registration } = this.behaviour;
    if (registration !== undefined) this.setState({ registration });
  }

  async createAccount({ handle, password, name, invitation }: CreateAccountOptions) {
    await this.#takesTime(`createAccount ${handle}`);
    if (handle === TAKEN_HANDLE) throw refuse('HANDLE_TAKEN');
    if (handle === BUSY_HANDLE) throw refuse('RATE_LIMITED', { retryAfterMs: 720_000 });
    if (password.length < 10) throw refuse('WEAK_PASSWORD');
    if (this.state.registration === 'invitation' && invitation !== 'quiet-lake')
      throw refuse('INVITATION_NEEDED');
    this.setState({ self: { ...this.state.self!, name } });
    this.#become(handle);
    return { recoveryCode: RECOVERY_WORDS };
  }

  async signIn({ handle, password }: SignInOptions): Promise<void> {
    await this.#takesTime(`signIn ${handle}`);
    if (this.state.rooms.length > 0) throw refuse('DEVICE_IN_USE');
    if (handle === BUSY_HANDLE) throw refuse('RATE_LIMITED', { retryAfterMs: 720_000 });
    if (password !== PASSWORD) throw refuse('SIGN_IN_FAILED');
    this.#become(handle);
  }

  async recover({ handle, code }: RecoverOptions): Promise<void> {
    await this.#takesTime(`recover ${handle}`);
    if (code !== RECOVERY_WORDS) throw refuse('SIGN_IN_FAILED');
    this.#become(handle);
  }

  async changePassword(current: string): Promise<void> {
    await this.#takesTime('changePassword');
    if (current !== PASSWORD) throw refuse('SIGN_IN_FAILED');
  }

  async makeAccountRecoveryCode() {
    await this.#takesTime('makeAccountRecoveryCode');
    return { recoveryCode: RECOVERY_WORDS };
  }

  async deleteAccount(password: string): Promise<void> {
    await this.#takesTime('deleteAccount');
    if (password !== PASSWORD) throw refuse('SIGN_IN_FAILED');
    this.#without('account');
  }

  async signOut(): Promise<void> {
    await this.#takesTime('signOut');
  }

  async renameDevice(deviceId: string, name: string): Promise<void> {
    await this.#takesTime(`renameDevice ${name}`);
    this.#setDevice(deviceId, { name });
  }

  async revokeDevice(deviceId: string): Promise<void> {
    await this.#takesTime('revokeDevice');
    this.#setDevice(deviceId, { state: 'revoked' });
  }

  async signInByPasskey(): Promise<void> {
    await this.#takesTime('signInByPasskey');
    if (this.state.rooms.length > 0) throw refuse('DEVICE_IN_USE');
    this.#become('jonas');
  }

  async listSignInPasskeys(): Promise<readonly SignInPasskey[]> {
    this.calls.push('listSignInPasskeys');
    return this.#passkeys;
  }

  async addSignInPasskey({ name, credentialId }: NewSignInPasskey): Promise<void> {
    await this.#takesTime(`addSignInPasskey ${name}`);
    const passkey = { passkeyId: String(this.#passkeys.length), name, credentialId, createdAtMs: Date.now() };
    this.#passkeys = [...this.#passkeys, passkey];
  }

  async removeSignInPasskey(passkeyId: string): Promise<void> {
    await this.#takesTime('removeSignInPasskey');
    this.#passkeys = this.#passkeys.filter(passkey => passkey.passkeyId !== passkeyId);
  }

  #setDevice(deviceId: string, change: Partial<DeviceView>): void {
    const account = this.#account();
    const devices = account.devices.map(device =>
      device.deviceId === deviceId ? { ...device, ...change } : device,
    );
    this.setState({ account: { ...account, devices } });
  }

  async beginLink(): Promise<void> {
    await this.#takesTime('beginLink');
    this.setState({
      linking: {
        step: 'waiting',
        code: LINK_CODE,
        typed: LINK_TYPED,
        words: LINK_WORDS,
        expiresAtMs: Date.now() + 600_000,
      },
    });
  }

  async cancelLink(): Promise<void> {
    this.calls.push('cancelLink');
    this.#without('linking');
  }

  async confirmLink(): Promise<void> {
    await this.#takesTime('confirmLink');
    this.#without('linking');
    this.#become('jonas');
  }

  async readLinkCode(code: string): Promise<LinkRequest> {
    await this.#takesTime('readLinkCode');
    const typed = code.trim().toUpperCase().replaceAll(' ', '-');
    if (typed !== LINK_CODE.toUpperCase() && typed !== LINK_TYPED) throw refuse('BAD_CODE');
    return { words: LINK_WORDS, name: 'Firefox on Android' };
  }

  async measureHistory(): Promise<HistorySize> {
    this.calls.push('measureHistory');
    return { conversations: 7, messages: 12_480, sizeBytes: 6_300_000 };
  }

  async sendHistory(deviceId: DeviceView['deviceId']): Promise<void> {
    await this.#takesTime('sendHistory');
    const going = { deviceId, way: 'to', done: 0, total: 0, refused: 0, state: 'going' } as const;
    this.setState({ account: { ...this.#account(), history: [going] } });
  }

  async stopHistory(): Promise<void> {
    this.calls.push('stopHistory');
    this.setState({ account: { ...this.#account(), history: [] } });
  }

  async refuseLink(): Promise<void> {
    this.calls.push('refuseLink');
  }

  async approveLink(_code: string, deviceName: string): Promise<void> {
    await this.#takesTime(`approveLink ${deviceName}`);
    const account = this.#account();
    const added: DeviceView = {
      deviceId: 'dev_added' as never,
      name: deviceName,
      createdAtMs: Date.now(),
      self: false,
      state: 'active',
    };
    this.setState({ account: { ...account, devices: [...account.devices, added] } });
  }

  async lookUp(handle: string): Promise<PersonView> {
    await this.#takesTime(`lookUp ${handle}`);
    const known = this.state.people?.find(person => person.handle === handle);
    if (known !== undefined) return known;
    if (handle === 'nobody') throw refuse('PERSON_UNKNOWN');
    const posesAs = handle === 'noor2' ? { posesAs: 'Noor' } : {};
    const name = handle === 'noor2' ? 'Nоor' : capital(handle);
    const accountId = `acc_${handle}` as AccountId;
    return { accountId, name, handle, trust: 'unverified', blocked: false, ...posesAs };
  }

  async startDirect(ref: PersonRef): Promise<{ roomId: RoomId }> {
    await this.#takesTime('startDirect');
    const person =
      'handle' in ref
        ? await this.lookUp(ref.handle)
        : this.state.people?.find(({ accountId }) => accountId === ref.accountId);
    if (person === undefined) throw refuse('PERSON_UNKNOWN');
    const standing = this.state.rooms.find(
      other =>
        other.kind === 'direct' && other.members.some(({ accountId }) => accountId === person.accountId),
    );
    return standing === undefined ? this.#begin('direct', '', [person]) : { roomId: standing.roomId };
  }

  async createGroup({ title, accountIds }: { title: string; accountIds: readonly AccountId[] }) {
    await this.#takesTime(`createGroup ${title}`);
    return this.#begin('group', title, this.#persons(accountIds));
  }

  #persons(accountIds: readonly AccountId[]): readonly PersonView[] {
    return accountIds.map(
      accountId =>
        this.state.people?.find(person => person.accountId === accountId) ?? {
          accountId,
          name: capital(String(accountId).slice(4)),
          trust: 'unverified',
          blocked: false,
        },
    );
  }

  #begin(kind: 'direct' | 'group', title: string, people: readonly PersonView[]): { roomId: RoomId } {
    const self = this.state.self!;
    const own = { ...self, role: 'owner' as const, guest: false, trust: 'verified' as const, self: true };
    const made = room(`Made${this.state.rooms.length}`, {
      title,
      kind,
      myRole: 'owner',
      suite: SUITE,
      lastActivityMs: Date.now(),
      members: [own, ...people.map(memberOf)],
    });
    this.setState({ rooms: [made, ...this.state.rooms] });
    return { roomId: made.roomId };
  }

  async addMembers(roomId: RoomId, accountIds: readonly AccountId[]): Promise<void> {
    await this.#takesTime('addMembers');
    this.setRoom(roomId, {
      members: [...this.room(roomId).members, ...this.#persons(accountIds).map(memberOf)],
    });
  }

  async askToBeAddedAgain(roomId: RoomId): Promise<void> {
    await this.#takesTime('askToBeAddedAgain');
    this.setRoom(roomId, { fallenOut: { asked: true } });
  }

  async addAgain(roomId: RoomId, deviceId: DeviceView['deviceId']): Promise<void> {
    await this.#takesTime('addAgain');
    const members = this.room(roomId).members.map(({ fellOut, ...member }) =>
      fellOut && member.deviceId !== deviceId ? { ...member, fellOut } : member,
    );
    this.setRoom(roomId, { members });
  }

  async removePerson(roomId: RoomId, accountId: AccountId): Promise<void> {
    await this.#takesTime('removePerson');
    const members = this.room(roomId).members.filter(member => member.accountId !== accountId);
    this.setRoom(roomId, { members });
  }

  async setRole(roomId: RoomId, accountId: AccountId, role: RoleName): Promise<void> {
    await this.#takesTime(`setRole ${role}`);
    const { self } = this.state;
    this.setRoom(roomId, {
      members: this.room(roomId).members.map(member =>
        member.accountId === accountId ? { ...member, role } : member,
      ),
      ...(self?.accountId === accountId && { myRole: role }),
    });
  }

  async setAnnouncements(roomId: RoomId, on: boolean): Promise<void> {
    await this.#takesTime(`setAnnouncements ${on}`);
    this.setRoom(roomId, { announcements: on });
  }

  async leaveRoom(roomId: RoomId): Promise<void> {
    await this.#takesTime('leaveRoom');
    if (this.room(roomId).myRole === 'owner') throw refuse('LAST_OWNER');
    this.setRoom(roomId, { membership: 'left' });
  }

  async acceptRequest(roomId: RoomId): Promise<void> {
    await this.#takesTime('acceptRequest');
    const { request: _, ...rest } = this.room(roomId);
    this.setState({ rooms: this.state.rooms.map(other => (other.roomId === roomId ? rest : other)) });
  }

  async declineRequest(roomId: RoomId, { block }: { block: boolean }): Promise<void> {
    await this.#takesTime(`declineRequest ${block}`);
    this.setState({ rooms: this.state.rooms.filter(other => other.roomId !== roomId) });
  }

  async safetyNumber(): Promise<SafetyNumberView> {
    await this.#takesTime('safetyNumber');
    return { digits: SAFETY_DIGITS, qr: new TextEncoder().encode(`sotto-number:1.${SAFETY_DIGITS}`) };
  }

  async markVerified(accountId: AccountId): Promise<void> {
    await this.#takesTime('markVerified');
    this.#setTrust(accountId, 'verified');
  }

  async compareScanned(accountId: AccountId, scanned: Uint8Array): Promise<ScanOutcome> {
    await this.#takesTime('compareScanned');
    const text = new TextDecoder().decode(scanned);
    if (!text.startsWith('sotto-number:')) return 'other-person';
    if (!text.startsWith('sotto-number:1.')) return 'wrong-version';
    if (text !== `sotto-number:1.${SAFETY_DIGITS}`) return 'mismatch';
    this.#setTrust(accountId, 'verified');
    return 'match';
  }

  async forgetVerification(accountId: AccountId): Promise<void> {
    await this.#takesTime('forgetVerification');
    this.#setTrust(accountId, 'unverified');
  }

  async leaveNewKeys(accountId: AccountId): Promise<void> {
    await this.#takesTime('leaveNewKeys');
    for (const { roomId, sendingBlocked } of this.state.rooms) {
      if (sendingBlocked?.accountIds.includes(accountId))
        this.setRoom(roomId, { sendingBlocked: { ...sendingBlocked, left: true } });
    }
  }

  async acceptNewKeys(accountId: AccountId): Promise<void> {
    await this.#takesTime('acceptNewKeys');
    this.#setTrust(accountId, 'unverified');
  }

  #setTrust(accountId: AccountId, trust: PersonView['trust']): void {
    const people = (this.state.people ?? []).map(person =>
      person.accountId === accountId ? { ...person, trust } : person,
    );
    const rooms = this.state.rooms.map(({ sendingBlocked, ...rest }) => ({
      ...rest,
      ...(sendingBlocked !== undefined &&
        !sendingBlocked.accountIds.includes(accountId) && { sendingBlocked }),
      members: rest.members.map(member => (member.accountId === accountId ? { ...member, trust } : member)),
    }));
    this.setState({ people, rooms });
  }

  async block(accountId: AccountId): Promise<void> {
    await this.#takesTime('block');
    this.#setBlocked(accountId, true);
  }

  async unblock(accountId: AccountId): Promise<void> {
    await this.#takesTime('unblock');
    this.#setBlocked(accountId, false);
  }

  #setBlocked(accountId: AccountId, blocked: boolean): void {
    const people = (this.state.people ?? []).map(person =>
      person.accountId === accountId ? { ...person, blocked } : person,
    );
    const rooms = this.state.rooms.map(({ sendingBlocked, ...rest }) => ({
      ...rest,
      ...(blocked &&
        rest.kind === 'direct' &&
        rest.members.some(member => member.accountId === accountId) && {
          sendingBlocked: { why: 'blocked' as const, accountIds: [accountId] },
        }),
    }));
    this.setState({ people, rooms });
  }

  async mute(roomId: RoomId, untilMs?: number): Promise<void> {
    await this.#takesTime(untilMs === undefined ? 'mute' : 'mute for a while');
    this.setRoom(roomId, { muted: true });
  }

  async unmute(roomId: RoomId): Promise<void> {
    await this.#takesTime('unmute');
    this.setRoom(roomId, { muted: false });
  }

  async report(_roomId: RoomId, messageIds: readonly unknown[]): Promise<void> {
    await this.#takesTime(`report ${messageIds.length}`);
  }

  async setPrivacy(patch: Partial<PrivacyView>): Promise<void> {
    await this.#takesTime(`setPrivacy ${JSON.stringify(patch)}`);
    this.setState({ privacy: { ...this.state.privacy!, ...patch } });
  }
}

function memberOf({ accountId, name, trust, handle }: PersonView): EngineState['rooms'][0]['members'][0] {
  return {
    accountId,
    deviceId: `dev_${accountId}` as never,
    name,
    role: 'member',
    guest: false,
    trust,
    self: false,
    ...(handle !== undefined && { handle }),
  };
}
