import type { ExtensionView, LeafView } from '@sotto/mls';
import { type ContentBody, LIMITS, type Role, type RoomPolicy } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { createIdentity, type DeviceIdentity } from '../identity/identity.ts';
import { testEnv } from '../testEnv.fixture.ts';
import { memberOfLeaf } from './member.ts';
import { picture } from './picture.fixture.ts';
import { policyExtension } from './policy.ts';
import { brokenByCommit, brokenByContent, mayChangeMessage, mayRemove } from './rules.ts';

const env = testEnv();
const people = {
  founder: createIdentity(env, { kind: 'member' }),
  owner: createIdentity(env, { kind: 'member' }),
  admin: createIdentity(env, { kind: 'member' }),
  otherAdmin: createIdentity(env, { kind: 'member' }),
  member: createIdentity(env, { kind: 'member' }),
  guest: createIdentity(env, { kind: 'guest' }),
  /** Granted "owner" by the policy, and still a guest. */
  crownedGuest: createIdentity(env, { kind: 'guest' }),
};
type Person = keyof typeof people;

const policy: RoomPolicy = {
  kind: 'group',
  announcements: false,
  title: 'Room',
  founderAccountKey: people.founder.accountKey,
  roles: [
    { accountId: people.owner.accountId, role: 'owner' },
    { accountId: people.admin.accountId, role: 'admin' },
    { accountId: people.otherAdmin.accountId, role: 'admin' },
    { accountId: people.crownedGuest.accountId, role: 'owner' },
  ],
};

function leafOf({ certificate, deviceKey }: DeviceIdentity, leafIndex: number): LeafView {
  const credential = { type: 1, identity: certificate };
  return { leafIndex, credential, signatureKey: deviceKey, source: 'commit' };
}

const names = Object.keys(people) as Person[];
const leafOfPerson = (name: Person) => leafOf(people[name], names.indexOf(name));
const member = (name: Person) => memberOfLeaf(env, policy, leafOfPerson(name));
const required: ExtensionView = { type: 3, data: Uint8Array.of(2, 0xf0, 0xa1, 0, 0) };
const room = {
  members: names.map(member),
  policy,
  info: { extensions: [required, policyExtension(policy)] },
};
const quiet = {
  added: [],
  removed: [],
  updated: [],
  groupExtensions: undefined,
  pskIds: [],
  revocations: [],
};
const judge = (by: Person, commit: Partial<Parameters<typeof brokenByCommit>[3]>) =>
  brokenByCommit(env, room, member(by), { ...quiet, ...commit });
const withPolicy = (change: Partial<RoomPolicy>) => ({
  groupExtensions: [required, policyExtension({ ...policy, ...change })],
});

const newGuest = leafOf(createIdentity(env, { kind: 'guest' }), 20);
const newMember = leafOf(createIdentity(env, { kind: 'member' }), 20);
const psk = new Uint8Array(16);

describe('roles', () => {
  it('come from certificate and policy; threat 34: no policy makes a guest anything else', () => {
    const roles = Object.fromEntries(names.map(name => [name, member(name).role]));
    expect(roles).toEqual({
      founder: 'owner',
      owner: 'owner',
      admin: 'admin',
      otherAdmin: 'admin',
      member: 'member',
      guest: 'guest',
      crownedGuest: 'guest',
    } satisfies Record<Person, Role>);
    expect(member('crownedGuest').guest).toBe(true);
  });
});

describe('threat 40: commits without the right', () => {
  it('everyone may change their own keys', () => {
    for (const name of names) expect(judge(name, {})).toBeUndefined();
  });

  it('only owners and admins add, and guests with the pre-shared key of a link only', () => {
    const judged = names.map(name => judge(name, { added: [newGuest], pskIds: [psk] }));
    expect(judged).toEqual([undefined, undefined, undefined, undefined, 'add', 'add', 'add']);
    expect(judge('founder', { added: [newGuest] })).toBe('psk');
    expect(judge('founder', { added: [newGuest], pskIds: [psk, psk] })).toBe('psk');
    expect(judge('founder', { pskIds: [psk] })).toBe('psk');
    expect(judge('founder', { added: [newGuest, newMember] })).toBe('psk');
  });

  it('only owners and admins remove, nobody the founder, admins neither owners nor admins', () => {
    const removes = (by: Person, target: Person) => judge(by, { removed: [leafOfPerson(target)] });
    const table = names.map(by => names.filter(target => removes(by, target) === undefined));
    expect(table).toEqual([
      ['owner', 'admin', 'otherAdmin', 'member', 'guest', 'crownedGuest'],
      ['admin', 'otherAdmin', 'member', 'guest', 'crownedGuest'],
      ['member', 'guest', 'crownedGuest'],
      ['member', 'guest', 'crownedGuest'],
      [],
      [],
      [],
    ]);
    expect(removes('guest', 'member')).toBe('remove');
  });

  it('refuses a commit that does one thing it may and one that it may not', () => {
    const removed = [leafOfPerson('guest'), leafOfPerson('otherAdmin')];
    expect(judge('admin', { removed })).toBe('remove');
  });

  it('only owners and admins rename or change the picture; only owners change roles; nobody the founder', () => {
    const renamed = names.map(name => judge(name, withPolicy({ title: 'Other' })));
    expect(renamed).toEqual([undefined, undefined, undefined, undefined, 'title', 'title', 'title']);
    const repainted = names.map(name => judge(name, withPolicy({ picture: picture(1) })));
    expect(repainted).toEqual([undefined, undefined, undefined, undefined, 'picture', 'picture', 'picture']);
    const roles = [{ accountId: people.member.accountId, role: 'admin' as const }];
    const promoted = names.map(name => judge(name, withPolicy({ roles })));
    expect(promoted).toEqual([undefined, undefined, 'roles', 'roles', 'roles', 'roles', 'roles']);
    expect(judge('founder', withPolicy({ founderAccountKey: people.owner.accountKey }))).toBe('founder');
  });

  it('refuses roles that say two things of one account, or "guest"', () => {
    const { accountId } = people.member;
    const twice = [
      { accountId, role: 'admin' as const },
      { accountId, role: 'member' as const },
    ];
    expect(judge('founder', withPolicy({ roles: twice }))).toBe('roles');
    expect(judge('founder', withPolicy({ roles: [{ accountId, role: 'guest' }] }))).toBe('roles');
  });

  it('threat 17: refuses to drop, change or add any other group extension, and a policy it cannot read', () => {
    const same = policyExtension(policy);
    for (const groupExtensions of [
      [same],
      [{ ...required, data: Uint8Array.of(0, 0, 0) }, same],
      [required, same, { type: 0xf0ff, data: psk }],
      [required],
      [required, { ...same, data: Uint8Array.of(0x08, 0x63) }],
    ]) {
      expect(judge('founder', { groupExtensions })).toBe('extensions');
    }
  });

  it('refuses leaves changed by proposal', () => {
    expect(judge('founder', { updated: [leafOfPerson('member')] })).toBe('identity');
  });

  it('threat 44: refuses more devices than a room holds', () => {
    const added = Array.from({ length: LIMITS.membersPerStream + 1 - names.length }, () => newGuest);
    expect(judge('founder', { added, pskIds: [psk] })).toBe('room-size');
  });
});

describe('content', () => {
  it('only owners and admins speak for the room', () => {
    const notice: ContentBody = { type: 'roomNotice', condition: 'ended', erase: true };
    const judged = names.map(name => brokenByContent(policy, member(name), notice));
    expect(judged).toEqual([undefined, undefined, undefined, undefined, 'notice', 'notice', 'notice']);
  });

  it('signals and announced secrets are no messages', () => {
    expect(brokenByContent(policy, member('founder'), { type: 'typing', active: true })).toBe('content-kind');
    const secrets: ContentBody = { type: 'inviteSecrets', pskId: psk, psk: new Uint8Array(32) };
    expect(brokenByContent(policy, member('founder'), secrets)).toBe('content-kind');
  });

  it('everyone says how long messages stay', () => {
    for (const name of names)
      expect(brokenByContent(policy, member(name), { type: 'timer', seconds: 60 })).toBeUndefined();
  });

  it('threat 45: only its author edits or deletes a message, whatever the role', () => {
    expect(mayChangeMessage(member('guest'), member('guest'))).toBe(true);
    expect(mayChangeMessage(member('founder'), member('guest'))).toBe(false);
  });

  it('nobody removes themselves by a commit', () => {
    expect(mayRemove(member('owner'), member('owner'), policy)).toBe(false);
  });
});
