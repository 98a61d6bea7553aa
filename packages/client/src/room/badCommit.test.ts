import { expect, it } from 'vitest';
import { OPEN_DOOR, World } from '../testing/world.fixture.ts';

it('threat 39: whoever cannot follow a commit is told who made it, and who can is not', async () => {
  const world = new World(39);
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom(OPEN_DOOR);
  const gil = await world.person('guest', 'Gil').start();
  await gil.enter(host.link);
  const ida = await world.person('guest', 'Ida').start();
  await ida.enter(host.link);
  await world.clock.advance(60_000);
  await host.say('all here');
  await world.until(() => [gil, ida].every(({ texts }) => texts.includes('all here')));

  // From here on Hana's client damages the path secret for her neighbour in the tree.
  const { env } = host.engine!.context;
  const { provider } = env;
  let sealed = 0;
  const aeadSeal: typeof provider.aeadSeal = (...args) => {
    const ciphertext = provider.aeadSeal(...args);
    return sealed++ === 0 ? ciphertext.map(byte => byte ^ 1) : ciphertext;
  };
  Object.assign(env, { provider: { ...provider, aeadSeal } });
  await world.outcome(host.port.setTitle(host.roomId!, 'Split'));

  await world.until(() => ida.room.title === 'Split');
  await world.until(() => gil.room.warnings.length > 0);
  expect(gil.room.warnings).toEqual([{ kind: 'bad-commit', byName: 'Hana' }]);
  expect(gil.room.title).toBe('Kitchen');
  expect(ida.room.warnings).toEqual([]);
  await world.close();
  expect(world.failures).toEqual([]);
});
