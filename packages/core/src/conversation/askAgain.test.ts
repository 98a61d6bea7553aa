import { decodeBundle, encodeBundle } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { personWith } from '../identity/people.fixture.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { askAgain } from './askAgain.ts';
import { updateKeys } from './beginCommit.ts';
import { addDevices } from './deviceCommits.ts';
import { giveRoles } from './giveRoles.ts';
import { joinAdded } from './joinAdded.ts';
import {
  addIn,
  claimed,
  commitEntry,
  devicesOf,
  lawless,
  letIn,
  push,
  refusals,
  type StoryDevice,
  startRoomOf,
  supplyOf,
} from './story.fixture.ts';

/** Ada’s group with Grace as its admin and Mary: then Ada’s device misses a commit. */
function fallen(seed: string) {
  const env = testEnv(seed);
  const [ada, grace, mary] = [personWith(env), personWith(env), personWith(env)];
  const founder = startRoomOf(env, ada, { title: 'Tea' });
  const [admin] = addIn(env, [founder], grace) as [StoryDevice];
  const [member] = addIn(env, [founder, admin], mary) as [StoryDevice];
  const all = [founder, admin, member];
  const roles = [{ accountId: grace.list.accountId, role: 'admin' as const }];
  push(commitEntry(founder.begin((e, room) => giveRoles(e, room, roles))), all);
  push(founder.say('before').entry, [admin, member]);
  push(commitEntry(admin.begin(updateKeys)), [admin, member]);
  expect(founder.open(admin.say('missed').entry)).toMatchObject({ cause: 'wrong-epoch' });
  const { streamId, streamEpoch } = admin.view;
  const ask = (at = { streamId, streamEpoch }, by = founder) =>
    ({ kind: 'message', payload: askAgain(env, by.identity, at) }) as const;
  return { env, ada, founder, admin, member, ask, streamId, streamEpoch };
}

describe('a request to be added again', () => {
  it('is heard from the device that signed it, in this room and at this place only', () => {
    const { env, founder, admin, member, ask, streamId, streamEpoch } = fallen('asked');
    for (const device of [admin, member]) {
      const before = device.snapshot();
      expect(device.open(ask())).toMatchObject({
        type: 'asks-again',
        author: { deviceId: founder.deviceId },
      });
      expect(device.snapshot()).toEqual(before);
    }
    const elsewhere = { streamId: streamId.replace(/.$/, 'A') as typeof streamId, streamEpoch };
    const { askAgain: signed } = decodeBundle(ask().payload);
    const forged = { deviceId: member.deviceId, signature: signed!.signature };
    const stranger = letIn(testEnv('stranger'), [startRoomOf(env, personWith(env), { title: 'x' })]);
    for (const { payload } of [
      ask({ streamId, streamEpoch: streamEpoch - 1 }),
      ask(elsewhere),
      { payload: encodeBundle({ mlsMessages: [], askAgain: forged }) },
      ask(undefined, stranger),
    ]) {
      expect(admin.open({ kind: 'message', payload })).toEqual({ type: 'undecryptable', cause: 'malformed' });
    }
  });

  it('threat 8: is worth nothing once the room has gone on: the relay cannot say it again', () => {
    const { admin, member, ask } = fallen('again');
    const entry = ask();
    push(commitEntry(admin.begin(updateKeys)), [admin, member]);
    expect(member.open(entry)).toMatchObject({ type: 'undecryptable' });
  });
});

describe('adding a device again', () => {
  it('is one commit, by whoever may add it, also of a founder’s; its messages go on where they were', () => {
    const { env, ada, founder, admin, member } = fallen('one commit');
    const supply = supplyOf(env, founder);
    const keyPackages = claimed(env, ada.list, [supply]);
    const begun = admin.begin((e, room) =>
      addDevices(e, room, keyPackages, { replaces: [founder.deviceId] }),
    );
    for (const outcome of push(commitEntry(begun), [admin, member])) {
      expect(outcome).toMatchObject({
        type: 'commit',
        change: { joined: [], removed: [], addedAgain: [{ deviceId: founder.deviceId }] },
      });
    }
    const { welcome } = begun.pending.admissions[0]!;
    const before = { conversation: founder.conversation, ownCounter: 0 };
    founder.take(
      joinAdded(env, {
        identity: founder.identity,
        knock: { keyPackage: supply.keyPackage, keyPackagePrivateState: supply.privateState },
        welcome,
        holds: () => false,
        continues: () => before,
      }),
    );
    founder.crash();
    expect(push(founder.say('back').entry, [admin, member])).toEqual(
      Array(2).fill(expect.objectContaining({ type: 'content', order: { place: 'next' } })),
    );
    expect(founder.open(member.say('hello').entry)).toMatchObject({ type: 'content' });
    expect(founder.open(admin.say('you missed one')!.entry)).toMatchObject({
      order: { place: 'after-gap', missing: 1 },
    });
  });

  it('threat 40: takes nobody out who does not come in again, and is for nobody who may not add', () => {
    const { env, ada, founder, admin, member } = fallen('pretended');
    const removes = [founder.view.self.leafIndex];
    expect(refusals(lawless(env, admin, { removes }), [member])).toEqual(['not-allowed: remove']);
    const eve = personWith(env);
    const [other] = claimed(env, eve.list, [supplyOf(env, devicesOf(env, eve)[0]!)]);
    const [own] = claimed(env, ada.list, [supplyOf(env, founder)]);
    const replaces = [founder.deviceId];
    expectCode(() => addDevices(env, admin.conversation, [other!], { replaces }), 'NOT_ALLOWED', {
      rule: 'remove',
    });
    const swap = lawless(env, admin, { removes, adds: [other!.keyPackage] });
    expect(refusals(swap, [member])).toEqual(['not-allowed: remove']);
    const byMember = lawless(env, member, { removes, adds: [own!.keyPackage] });
    expect(refusals(byMember, [admin])).toEqual(['not-allowed: add']);
  });
});
