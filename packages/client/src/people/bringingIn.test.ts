import type { ServerBody } from '@sotto/protocol';
import { expect, it } from 'vitest';
import { refusal } from '../testing/accounts.fixture.ts';
import { accountsAtRelay } from '../testing/accountsAtRelay.fixture.ts';
import { accountIdOf, somebody } from '../testing/people.fixture.ts';
import { World } from '../testing/world.fixture.ts';

it('threat 16: a KeyPackage that the relay hands out a second time adds nobody', async () => {
  const world = new World(16);
  const [ada, bob] = [await somebody(world, 'ada'), await somebody(world, 'bob')];
  let first: ServerBody | undefined;
  ada.tamper = body => {
    if (body.type !== 'claimedKeyPackages') return [body];
    first ??= body;
    return [first];
  };
  await world.outcome(ada.port.startDirect({ handle: 'bob' }));
  const group = () => ada.port.createGroup({ title: 'Again', accountIds: [accountIdOf(bob)] });
  expect(await refusal(world, group())).toBe('RELAY_REFUSED');
  ada.tamper = body => [body];
  await world.outcome(group());
  await world.close();
  expect(world.failures).toEqual([]);
});

it('many at once are claimed together and added fifty by one commit, whoever among them has nothing left', async () => {
  const world = new World(17);
  const ada = await somebody(world, 'ada');
  const crowd = await accountsAtRelay(world, 61);
  const [spent, ...others] = crowd.map(({ accountId }) => accountId);
  await world.directory.claimKeyPackages(spent!);
  const { roomId } = await world.outcome(ada.port.createGroup({ title: 'Crowd', accountIds: [] }));
  await ada.open(roomId);
  let [waiting, most] = [0, 0];
  ada.tamperSent = body => {
    if (body.type === 'claimKeyPackages') most = Math.max(most, ++waiting);
    return body;
  };
  ada.tamper = body => {
    if (body.type === 'claimedKeyPackages') waiting--;
    return [body];
  };
  const all = [spent!, ...others];
  expect(await refusal(world, ada.port.addMembers(roomId, all))).toBe('PERSON_UNKNOWN');
  expect(ada.room.members).toHaveLength(others.length + 1);
  expect([most, ada.room.epoch]).toEqual([50, 2]);
  await world.close();
  expect(world.failures).toEqual([]);
});
