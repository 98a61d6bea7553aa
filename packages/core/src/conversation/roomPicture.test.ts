import { encodeRoomPolicy } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { personWith } from '../identity/people.fixture.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { changePolicy } from './beginCommit.ts';
import { stateOf } from './conversation.ts';
import { giveRoles } from './giveRoles.ts';
import { picture } from './picture.fixture.ts';
import { POLICY_EXTENSION } from './policy.ts';
import {
  addIn,
  commitEntry,
  lawless,
  letIn,
  push,
  refusals,
  type StoryDevice,
  startRoomOf,
  withPolicyOf,
} from './story.fixture.ts';

function group(seed: string) {
  const env = testEnv(seed);
  const [ada, grace] = [personWith(env), personWith(env)];
  const owner = startRoomOf(env, ada, { title: 'Tea' });
  const [admin] = addIn(env, [owner], grace) as [StoryDevice];
  const guest = letIn(env, [owner, admin]);
  const inside = [owner, admin, guest];
  const commit = (by: StoryDevice, change: Parameters<typeof changePolicy>[2]) =>
    push(commitEntry(by.begin((e, room) => changePolicy(e, room, change))), inside);
  const grants = [{ accountId: admin.identity.accountId, role: 'admin' as const }];
  push(commitEntry(owner.begin((e, room) => giveRoles(e, room, grants))), inside);
  return { env, owner, admin, guest, inside, commit };
}

describe('the picture of a group', () => {
  it('is set, changed and taken away by owners and admins, and whoever comes later has it too', () => {
    const { env, owner, admin, inside, commit } = group('set');
    const seen = () => inside.map(({ view }) => view.picture);
    commit(owner, { picture: picture(1) });
    expect(seen()).toEqual(Array(3).fill(picture(1)));
    commit(admin, { picture: picture(2) });
    expect(seen()).toEqual(Array(3).fill(picture(2)));
    commit(owner, { title: 'Supper' });
    expect(letIn(env, inside).view.picture).toEqual(picture(2));
  });

  it('is gone once it is taken away', () => {
    const { env, owner, admin, inside, commit } = group('taken away');
    commit(owner, { picture: picture(1) });
    commit(admin, { picture: undefined });
    expect(inside.map(({ view }) => view.picture)).toEqual(Array(3).fill(undefined));
    expect(letIn(env, inside).view.picture).toBeUndefined();
  });

  it('threat 40: is nothing that a guest sets, or takes away', () => {
    const { env, owner, admin, guest, commit } = group('guest');
    commit(owner, { picture: picture(1) });
    for (const change of [{ picture: picture(2) }, { picture: undefined }]) {
      expectCode(() => changePolicy(env, guest.conversation, change), 'NOT_ALLOWED', { rule: 'picture' });
      const entry = lawless(env, guest, { groupExtensions: withPolicyOf(guest, change) });
      expect(refusals(entry, [owner, admin])).toEqual(Array(2).fill('not-allowed: picture'));
    }
    expect(owner.view.picture).toEqual(picture(1));
  });

  it('is of the one form, or the whole commit is not taken, whoever made it', () => {
    const { env, owner, admin, guest } = group('form');
    const cut = picture(1).subarray(0, -1);
    expectCode(() => changePolicy(env, owner.conversation, { picture: cut }), 'MALFORMED');
    const foreign = [cut, new TextEncoder().encode('<svg onload="alert(1)"/>'), new Uint8Array(10_241)];
    for (const bytes of foreign) {
      const entry = lawless(env, owner, { groupExtensions: withForeignPicture(owner, bytes) });
      expect(refusals(entry, [admin, guest])).toEqual(Array(2).fill('not-allowed: extensions'));
    }
    expect(admin.view.picture).toBeUndefined();
  });
});

/** The policy with these bytes where its picture would be, whatever they are. */
function withForeignPicture(device: StoryDevice, bytes: Uint8Array) {
  const { policy, info } = stateOf(device.conversation).seen;
  const length = [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
  const data = Uint8Array.of(...encodeRoomPolicy(policy), 0x42, ...length, ...bytes);
  return info.extensions.map(extension =>
    extension.type === POLICY_EXTENSION ? { ...extension, data } : extension,
  );
}
