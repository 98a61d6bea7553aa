import { commit } from '@sotto/mls';
import type { RoomPolicy } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { newBlob } from '../blob/sealedBlob.ts';
import { signTrustRecord } from '../certainty/trustRecord.ts';
import { createIdentity } from '../identity/identity.ts';
import { personWith } from '../identity/people.fixture.ts';
import { openJoinRequest } from '../link/joinRequest.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { admit, changePolicy, removeMembers } from './beginCommit.ts';
import { createConversation } from './conversation.ts';
import { addDevices } from './deviceCommits.ts';
import { giveRoles } from './giveRoles.ts';
import { joinAdded } from './joinAdded.ts';
import { picture } from './picture.fixture.ts';
import { composeContent } from './sealContent.ts';
import {
  addIn,
  claimed,
  commitEntry,
  devicesOf,
  groupOf,
  knock,
  lawless,
  linkInto,
  newStreamId,
  push,
  refusals,
  StoryDevice,
  startRoomOf,
  supplyOf,
  withPolicyOf,
} from './story.fixture.ts';

function directRoom(seed: string) {
  const env = testEnv(seed);
  const [ada, grace, mary] = [personWith(env, 2), personWith(env, 2), personWith(env)];
  const laptop = startRoomOf(env, ada, { kind: 'direct', peerAccountId: grace.list.accountId });
  const [hers] = addIn(env, [laptop], grace, [devicesOf(env, grace)[0]!]);
  return { env, ada, grace, mary, laptop, hers: hers!, inside: [laptop, hers!] };
}

describe('a direct room', () => {
  it('takes the devices of its two accounts, added by either side', () => {
    const { env, ada, grace, laptop, hers, inside } = directRoom('two');
    const [phone] = addIn(env, [hers, laptop], ada, [devicesOf(env, ada)[1]!]);
    const [herOther] = addIn(env, [phone!, ...inside], grace, [devicesOf(env, grace)[1]!]);
    const everyone = [...inside, phone!, herOther!];
    for (const device of everyone) {
      expect(device.view).toMatchObject({
        kind: 'direct',
        title: '',
        founderAccountId: ada.list.accountId,
        peerAccountId: grace.list.accountId,
      });
      expect(device.view.members).toHaveLength(4);
    }
    expect(herOther!.open(laptop.say('hello').entry).type).toBe('content');
  });

  it('threat 40: takes nobody else, by directory or by link', () => {
    const { env, mary, laptop, hers } = directRoom('third');
    const supply = supplyOf(env, devicesOf(env, mary)[0]!);
    const keyPackages = claimed(env, mary.list, [supply]);
    for (const [by, other] of [
      [laptop, hers],
      [hers, laptop],
    ] as const) {
      expectCode(() => addDevices(env, by.conversation, keyPackages), 'NOT_ALLOWED', { rule: 'accounts' });
      const entry = lawless(env, by, { adds: [supply.keyPackage] });
      expect(refusals(entry, [other])).toEqual(['not-allowed: accounts']);
    }
    const guest = StoryDevice.of(env, 'guest');
    const { link, keys } = linkInto(env, laptop);
    const { sealedRequest } = knock(env, guest, link).prepared;
    const request = openJoinRequest(env, { link, keys, sealedRequest, deviceId: guest.deviceId });
    expectCode(() => admit(env, laptop.conversation, { link, keys, requests: [request] }), 'NOT_ALLOWED', {
      rule: 'accounts',
    });
  });

  it('threat 40: keeps kind, peer and everything else as it was made', () => {
    const { env, mary, laptop, hers } = directRoom('fixed');
    const changes: readonly Partial<RoomPolicy>[] = [
      { kind: 'group', peerAccountId: undefined },
      { peerAccountId: mary.list.accountId },
      { title: 'Not Grace' },
      { announcements: true },
      { picture: picture(1) },
      { roles: [{ accountId: hers.identity.accountId, role: 'owner' }] },
    ];
    for (const change of changes) {
      const entry = lawless(env, laptop, { groupExtensions: withPolicyOf(laptop, change) });
      expect(refusals(entry, [hers])).toEqual(['not-allowed: kind']);
    }
    expectCode(() => changePolicy(env, laptop.conversation, { title: 'Tea' }), 'NOT_ALLOWED', {
      rule: 'kind',
    });
    expectCode(() => changePolicy(env, laptop.conversation, { announcements: true }), 'NOT_ALLOWED');
    const owner = [{ accountId: hers.identity.accountId, role: 'owner' as const }];
    expectCode(() => giveRoles(env, laptop.conversation, owner), 'NOT_ALLOWED', { rule: 'kind' });
  });

  it('can be ended by either side', () => {
    const { laptop, hers } = directRoom('end');
    const begun = hers.begin((e, room) => removeMembers(e, room, [laptop.deviceId]));
    expect(refusals(commitEntry(begun), [hers, laptop])).toEqual(['commit', 'commit']);
    expect(laptop.view.membership).toBe('removed');
  });

  it('threat 1: is not entered when it is with somebody else, or has a third in it', () => {
    const { env, mary, laptop } = directRoom('misled');
    const [hers] = devicesOf(env, mary);
    const supply = supplyOf(env, hers!);
    const { welcome } = commit(mlsEnvOf(env), groupOf(laptop), { adds: [supply.keyPackage] });
    const knocked = { keyPackage: supply.keyPackage, keyPackagePrivateState: supply.privateState };
    const options = { identity: hers!.identity, knock: knocked, welcome: welcome!, holds: () => false };
    expectCode(() => joinAdded(env, options), 'NOT_ALLOWED', { rule: 'accounts' });
  });

  it('is with another, and made by no guest', () => {
    const env = testEnv('made');
    const [ada, guest] = [createIdentity(env, { kind: 'member' }), createIdentity(env, { kind: 'guest' })];
    const streamId = newStreamId(env);
    const peerAccountId = ada.accountId;
    for (const identity of [ada, guest]) {
      expectCode(
        () => createConversation(env, { identity, streamId, kind: 'direct', peerAccountId }),
        'NOT_ALLOWED',
      );
    }
  });
});

describe('a room of one’s own devices', () => {
  it('takes them, nobody else, and carries what they know of contacts', () => {
    const env = testEnv('self');
    const [ada, mary] = [personWith(env, 2), personWith(env)];
    const laptop = startRoomOf(env, ada, { kind: 'self' });
    const [phone] = addIn(env, [laptop], ada, [devicesOf(env, ada)[1]!]);
    const record = signTrustRecord(env, laptop.identity, {
      accountId: mary.list.accountId,
      accountKey: mary.list.accountKey,
      certainty: 'verified',
      verifiedAtMs: env.nowMs(),
      name: 'Mary',
      handle: 'mary',
      blocked: false,
      muted: false,
      updatedAtMs: env.nowMs(),
      counter: 1,
      deviceId: laptop.deviceId,
    });
    const { entry } = laptop.say({ type: 'trust', ...record });
    expect(phone!.open(entry)).toMatchObject({ type: 'content', content: { body: record } });
    const supply = supplyOf(env, devicesOf(env, mary)[0]!);
    expectCode(() => addDevices(env, laptop.conversation, claimed(env, mary.list, [supply])), 'NOT_ALLOWED', {
      rule: 'accounts',
    });
    expect(refusals(lawless(env, laptop, { adds: [supply.keyPackage] }), [phone!])).toEqual([
      'not-allowed: accounts',
    ]);
  });

  it('threat 6: what one’s own devices share is no content in any other room', () => {
    const { env, laptop } = directRoom('other room');
    const trust = { type: 'trust', record: Uint8Array.of(1), signature: new Uint8Array(64) } as const;
    const history = {
      type: 'history',
      step: 'stopped',
      transferId: new Uint8Array(16),
      toDeviceId: laptop.deviceId,
      index: 0,
      count: 0,
      blob: new Uint8Array(0),
    } as const;
    for (const body of [trust, { type: 'deviceUse', day: 20_000 } as const, history]) {
      expectCode(() => composeContent(env, laptop.conversation, body), 'NOT_ALLOWED', {
        rule: 'content-kind',
      });
    }
  });
});

describe('an announcements-only group', () => {
  function announcing(seed: string) {
    const env = testEnv(seed);
    const [ada, grace, mary] = [personWith(env), personWith(env), personWith(env)];
    const host = startRoomOf(env, ada, { title: 'News' });
    const [member] = addIn(env, [host], grace);
    const [admin] = addIn(env, [host, member!], mary);
    const inside = [host, member!, admin!];
    const { accountId } = mary.list;
    push(commitEntry(host.begin((e, room) => giveRoles(e, room, [{ accountId, role: 'admin' }]))), inside);
    return { env, host, member: member!, admin: admin!, inside };
  }

  it('threat 40: only owners and admins write, and every client refuses the rest', () => {
    const { env, host, member, admin, inside } = announcing('announcements');
    // Begun before the room became one, sealed after: the other clients judge by the room it is.
    const late = composeContent(env, member.conversation, { type: 'text', text: 'me too' });
    member.take(late);
    const begun = host.begin((e, room) => changePolicy(e, room, { announcements: true }));
    for (const outcome of push(commitEntry(begun), inside)) {
      expect(outcome).toMatchObject({ type: 'commit', change: { announcements: true, title: undefined } });
    }
    expect(member.view.announcements).toBe(true);
    expect(push(member.seal(late.draft), [host, admin])).toMatchObject([
      { type: 'refused', rule: 'announcements' },
      { type: 'refused', rule: 'announcements' },
    ]);
    const { reference: blob } = newBlob(env, new Uint8Array(9));
    for (const body of [
      { type: 'text', text: 'no' },
      { type: 'attachment', blob, name: 'no.pdf', mediaType: '', width: 0, height: 0, text: '' },
      { type: 'timer', seconds: 60 },
    ] as const) {
      expectCode(() => composeContent(env, member.conversation, body), 'NOT_ALLOWED', {
        rule: 'announcements',
      });
    }
    const { draft, entry } = admin.say('news');
    expect(push(entry, [host, member])).toMatchObject([{ type: 'content' }, { type: 'content' }]);
    const reaction = member.say({ type: 'reaction', target: draft.messageId, emoji: '👍' });
    expect(push(reaction.entry, [host, admin])).toMatchObject([{ type: 'content' }, { type: 'content' }]);
  });

  it('threat 40: no member makes it one, or ends it', () => {
    const { env, host, member, admin } = announcing('toggle');
    const change = { announcements: true };
    expectCode(() => changePolicy(env, member.conversation, change), 'NOT_ALLOWED', {
      rule: 'announcements',
    });
    const entry = lawless(env, member, { groupExtensions: withPolicyOf(member, change) });
    expect(refusals(entry, [host, admin])).toEqual(Array(2).fill('not-allowed: announcements'));
  });
});
