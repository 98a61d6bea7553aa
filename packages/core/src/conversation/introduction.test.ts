import { describe, expect, it } from 'vitest';
import { personWith } from '../identity/people.fixture.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { addDevices } from './deviceCommits.ts';
import { introductionBody } from './introduction.ts';
import { composeContent } from './sealContent.ts';
import {
  claimed,
  commitEntry,
  devicesOf,
  joinBy,
  letIn,
  push,
  startRoomOf,
  supplyOf,
} from './story.fixture.ts';

function roomWithGuest(seed: string) {
  const env = testEnv(seed);
  const host = startRoomOf(env, personWith(env), { title: 'Tea' });
  return { env, host, guest: letIn(env, [host]) };
}

describe('a guest that goes on as an account', () => {
  it('says so, is added as it, and goes as a guest', () => {
    const { env, host, guest } = roomWithGuest('goes on');
    const grace = personWith(env);
    const body = introductionBody(env, guest.conversation, grace.devices[0], 'grace');
    expect(host.open(guest.say(body).entry)).toMatchObject({
      type: 'content',
      author: { guest: true },
      content: { body: { handle: 'grace', accountKey: grace.list.accountKey } },
    });
    const [device] = devicesOf(env, grace);
    const supply = supplyOf(env, device!);
    const begun = host.begin((e, room) =>
      addDevices(e, room, claimed(e, grace.list, [supply]), { replaces: [guest.deviceId] }),
    );
    push(commitEntry(begun), [host, guest]);
    joinBy(env, device!, supply, begun);
    expect(guest.view.membership).toBe('removed');
    expect(host.view.members).toMatchObject([{ role: 'owner' }, { role: 'member', guest: false }]);
    expect(device!.open(host.say('welcome back').entry).type).toBe('content');
  });

  it('threat 38: cannot be introduced as an account that did not say so, or said so of another', () => {
    const { env, host, guest } = roomWithGuest('claims');
    const other = letIn(env, [host, guest], host);
    const [grace, mallory] = [personWith(env), personWith(env)];
    const real = introductionBody(env, guest.conversation, grace.devices[0], 'grace');
    const forged = introductionBody(env, other.conversation, mallory.devices[0], 'grace');
    const elsewhere = roomWithGuest('elsewhere');
    const otherRoom = introductionBody(env, elsewhere.guest.conversation, grace.devices[0], 'grace');
    for (const [by, body] of [
      [other, real],
      [other, { ...forged, accountKey: grace.list.accountKey }],
      [guest, otherRoom],
    ] as const) {
      expect(host.open(by.say(body).entry)).toMatchObject({ type: 'refused', rule: 'identity' });
    }
  });

  it('is not what a member says', () => {
    const { env, host } = roomWithGuest('member');
    const body = introductionBody(env, host.conversation, personWith(env).devices[0], 'grace');
    expectCode(() => composeContent(env, host.conversation, body), 'NOT_ALLOWED', { rule: 'content-kind' });
  });
});
