import type { ServerBody } from '@sotto/protocol';
import { registered, signedIn } from '../packages/client/src/testing/accounts.fixture.ts';
import { accountsAtRelay } from '../packages/client/src/testing/accountsAtRelay.fixture.ts';
import { CROWD_QUOTAS } from '../packages/client/src/testing/crowd.fixture.ts';
import { accountIdOf, roomWhere, somebody, supplied } from '../packages/client/src/testing/people.fixture.ts';
import { type Person, World } from '../packages/client/src/testing/world.fixture.ts';

const MESSAGES = 20;

/** What a step took, and what went between the devices that were there and the relay, both ways together. */
export interface Step {
  readonly ms: number;
  readonly wireBytes: number;
}

/** Whole engines with stores in memory, a relay in memory, no network between them, all in one thread. */
class Stage {
  constructor(private readonly world: World) {}

  async step(work: () => Promise<unknown>): Promise<Step> {
    this.world.wire = [];
    const startedMs = performance.now();
    await work();
    const ms = performance.now() - startedMs;
    const wireBytes = this.world.wire.reduce((sum, { length }) => sum + length, 0);
    this.world.wire = undefined;
    return { ms, wireBytes };
  }
}

export interface AccountSteps {
  /** With its 50 KeyPackages at the relay. Passwords are hardly stretched here: that is argon2id's time, and it has its own. */
  readonly create: Step;
  /** By handle and password, until both devices see both. */
  readonly addDevice: Step;
}

export async function accountSteps(): Promise<AccountSteps> {
  const world = new World(1);
  const stage = new Stage(world);
  let ana: Person | undefined;
  const create = await stage.step(async () => {
    ana = (await registered(world, 'ana')).person;
    await supplied(world, ana);
  });
  const addDevice = await stage.step(async () => {
    await signedIn(world, 'ana');
    await world.until(() => ana!.engine!.state.account?.devices.length === 2);
  });
  await world.close();
  return { create, addDevice };
}

export interface GroupSteps {
  /** A group of so many, out of nothing: claims, Commits of 50, trees. */
  readonly create: Step;
  /** One more, who is not there. */
  readonly addOne: Step;
  /** Of another member: from when that Commit comes until it is on its disk and screen. */
  readonly memberMs: number;
  /** Another one more, who is there: from when its Welcome comes until it has the room; and the whole step. */
  readonly joinerMs: number;
  readonly join: Step;
  /** A text, until the other has it. */
  readonly message: Step;
  readonly remove: Step;
}

export async function groupSteps(size: number): Promise<GroupSteps> {
  const world = new World(1, CROWD_QUOTAS);
  const stage = new Stage(world);
  const [ana, ben, cyd] = [
    await somebody(world, 'ana'),
    await somebody(world, 'ben'),
    await somebody(world, 'cyd'),
  ];
  const absent = await accountsAtRelay(world, size - 1);
  const ids = absent.map(({ accountId }) => accountId);
  const create = await stage.step(async () => {
    const accountIds = [accountIdOf(ben), ...ids.slice(0, size - 2)];
    const { roomId } = await world.outcome(ana.port.createGroup({ title: 'Crowd', accountIds }));
    await ana.open(roomId);
  });
  await accept(world, ben);
  await world.clock.advance(60_000);

  // It comes to him once the adder has nothing more to do: all are in one thread.
  ben.tamper = body => (body.type === 'entries' ? [] : [body]);
  const addOne = await stage.step(() => world.outcome(ana.port.addMembers(ana.roomId!, ids.slice(size - 2))));
  await world.clock.advance(1_000);
  const commit = arrival(ben, body => body.type === 'entries' && body.entries[0]?.kind === 'commit');
  world.cutConnections();
  await world.until(() => ben.room.members.length === size + 1);
  const memberMs = performance.now() - (await commit);
  await world.until(() => [ana, ben, cyd].every(({ online }) => online));
  await world.clock.advance(5_000);

  const welcome = arrival(cyd, body => body.type === 'entries' && body.entries[0]?.kind === 'welcome');
  let joinerMs = 0;
  const join = await stage.step(async () => {
    await world.outcome(ana.port.addMembers(ana.roomId!, [accountIdOf(cyd)]));
    await roomWhere(world, cyd, room => room.request !== undefined);
    joinerMs = performance.now() - (await welcome);
  });
  await world.until(() => ben.room.members.length === size + 2);

  const said = await stage.step(async () => {
    for (let n = 0; n < MESSAGES; n++) {
      await ana.say(`number ${n}`);
      await world.until(() => ben.texts.includes(`number ${n}`));
    }
  });
  const message = { ms: said.ms / MESSAGES, wireBytes: said.wireBytes / MESSAGES };
  const gone = ids[size - 2]!;
  const remove = await stage.step(() => world.outcome(ana.port.removePerson(ana.roomId!, gone)));
  await world.close();
  if (world.failures.length > 0) throw new Error(world.failures.join());
  return { create, addOne, memberMs, joinerMs, join, message, remove };
}

async function accept(world: World, person: Person): Promise<void> {
  const { roomId } = await roomWhere(world, person, room => room.request !== undefined);
  await world.outcome(person.port.acceptRequest(roomId));
}

/** When the first such frame reaches somebody's device. */
function arrival(person: Person, wanted: (body: ServerBody) => boolean): Promise<number> {
  return new Promise(resolve => {
    person.tamper = body => {
      if (wanted(body)) resolve(performance.now());
      return [body];
    };
  });
}
