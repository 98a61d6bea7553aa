import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../testing/accounts.fixture.ts';
import { accountIdOf, personOf, roomWhere, sentBy, somebody, talking } from '../testing/people.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let ada: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(23);
  ada = await somebody(world, 'ada');
  bob = await somebody(world, 'bob');
  await talking(world, ada, bob, 'bob');
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

describe('threat 1: a safety number', () => {
  it('is the same on both sides, and by a scan both are verified', async () => {
    const ofAda = await ada.port.safetyNumber(accountIdOf(bob));
    const ofBob = await bob.port.safetyNumber(accountIdOf(ada));
    expect(ofAda.digits).toMatch(/^\d{60}$/);
    expect(ofBob.digits).toBe(ofAda.digits);
    expect(await ada.port.compareScanned(accountIdOf(bob), ofBob.qr)).toBe('match');
    expect(personOf(ada, 'bob')?.trust).toBe('verified');
    expect(ada.room.members.find(({ self }) => !self)?.trust).toBe('verified');
    // Another's proves nothing, and changes nothing.
    const cyd = await somebody(world, 'cyd');
    await talking(world, cyd, bob, 'bob');
    const { qr } = await cyd.port.safetyNumber(accountIdOf(bob));
    expect(await bob.port.compareScanned(accountIdOf(ada), qr)).toBe('other-person');
    expect(await ada.port.compareScanned(accountIdOf(bob), qr)).toBe('mismatch');
    expect(personOf(bob, 'ada')?.trust).toBe('unverified');
    await ada.stop();
    await ada.start();
    expect(personOf(ada, 'bob')?.trust).toBe('verified');
    await ada.port.forgetVerification(accountIdOf(bob));
    expect(personOf(ada, 'bob')?.trust).toBe('unverified');
  });

  it('is of whoever was looked up: one may verify them before anything is written', async () => {
    await ada.port.setPrivacy({ strict: true });
    const cyd = await somebody(world, 'cyd');
    const { accountId } = await world.outcome(ada.port.lookUp('cyd'));
    expect(await refusal(world, ada.port.startDirect({ handle: 'cyd' }))).toBe('NOT_VERIFIED');
    await world.outcome(cyd.port.lookUp('ada'));
    const { digits, qr } = await cyd.port.safetyNumber(accountIdOf(ada));
    expect((await ada.port.safetyNumber(accountId)).digits).toBe(digits);
    expect(await ada.port.compareScanned(accountId, qr)).toBe('match');
    expect(personOf(ada, 'cyd')).toMatchObject({ trust: 'verified', accountId });
    const { roomId } = await world.outcome(ada.port.startDirect({ handle: 'cyd' }));
    await ada.port.sendText(roomId, 'now I am sure');
    await roomWhere(world, cyd, room => room.request !== undefined);
    await world.until(() => cyd.texts.includes('now I am sure'));
  });

  it('is of whoever shares a room, known or not', async () => {
    expect(await refusal(world, ada.port.safetyNumber(accountIdOf(ada)))).toBe('NOT_ALLOWED');
    const cyd = await somebody(world, 'cyd');
    expect(await refusal(world, ada.port.safetyNumber(accountIdOf(cyd)))).toBe('PERSON_UNKNOWN');
  });
});

describe('threat 2: keys that changed behind a handle', () => {
  /** Another account stands behind Bob’s handle, as the relay has it: he has lost everything, or it lies. */
  async function again(): Promise<Person> {
    await ada.port.markVerified(accountIdOf(bob));
    const other = await somebody(world, 'bob.again');
    const gone = accountIdOf(bob);
    ada.tamperSent = body => {
      if (body.type === 'lookUpHandle' && body.handle === 'bob')
        return { ...body, handle: 'bob.again' as typeof body.handle };
      if (body.type !== 'lookUpAccounts') return body;
      return { ...body, accountIds: body.accountIds.filter(accountId => accountId !== gone) };
    };
    ada.tamper = body => {
      if (body.type !== 'accounts') return [body];
      const renamed = body.accounts.map(account =>
        account.handle === 'bob.again' ? { ...account, handle: 'bob' as typeof account.handle } : account,
      );
      return [{ ...body, accounts: renamed }];
    };
    world.cutConnections();
    await world.until(() => personOf(ada, 'bob')?.trust === 'changed');
    await world.until(() => other.online);
    return other;
  }

  it('stop sending until one decides to go on', async () => {
    const other = await again();
    expect(ada.room.sendingBlocked).toEqual({ why: 'keys-changed', accountIds: [accountIdOf(bob)] });
    const { tamperSent } = ada;
    const sent = sentBy(ada);
    expect(await refusal(world, ada.port.sendText(ada.roomId!, 'secret'))).toBe('KEYS_CHANGED');
    await world.clock.advance(60_000);
    expect(sent.filter(type => type === 'append' || type === 'ephemeral')).toEqual([]);
    ada.tamperSent = tamperSent;
    expect(await refusal(world, ada.port.startDirect({ handle: 'bob' }))).toBe('KEYS_CHANGED');
    const events = () => ada.log.flatMap(item => (item.kind === 'event' ? [item.event.type] : []));
    expect(events().filter(type => type === 'keys-changed')).toHaveLength(1);
    await ada.port.leaveNewKeys(accountIdOf(bob));
    expect(ada.room.sendingBlocked).toMatchObject({ why: 'keys-changed', left: true });
    await ada.stop();
    await ada.start();
    await world.until(() => ada.online);
    expect(ada.room.sendingBlocked).toMatchObject({ why: 'keys-changed', left: true });
    expect(await refusal(world, ada.port.sendText(ada.roomId!, 'secret'))).toBe('KEYS_CHANGED');
    await ada.port.acceptNewKeys(accountIdOf(bob));
    await world.until(() => ada.room.sendingBlocked?.why === 'keys-replaced');
    expect(ada.room.sendingBlocked).toEqual({ why: 'keys-replaced', accountIds: [accountIdOf(other)] });
    expect(await refusal(world, ada.port.sendText(ada.roomId!, 'to whom'))).toBe('NOT_ALLOWED');
    expect(events().filter(type => type === 'keys-changed')).toHaveLength(1);
    expect(personOf(ada, 'bob')).toMatchObject({ accountId: accountIdOf(other), trust: 'unverified' });
    const { roomId } = await world.outcome(ada.port.startDirect({ handle: 'bob' }));
    expect(roomId).not.toBe(ada.roomId);
    expect(ada.room.sendingBlocked).toMatchObject({ why: 'keys-replaced', roomId });
    await roomWhere(world, other, ({ request }) => request !== undefined);
  });

  it('are verified anew by the number of the new ones, not by that of the old', async () => {
    const before = await bob.port.safetyNumber(accountIdOf(ada));
    const other = await again();
    expect(await ada.port.compareScanned(accountIdOf(bob), before.qr)).toBe('mismatch');
    expect(personOf(ada, 'bob')?.trust).toBe('changed');
    await world.outcome(other.port.createGroup({ title: 'Anew', accountIds: [accountIdOf(ada)] }));
    await roomWhere(world, other, ({ title }) => title === 'Anew');
    const { qr } = await other.port.safetyNumber(accountIdOf(ada));
    expect(await ada.port.compareScanned(accountIdOf(bob), qr)).toBe('match');
    expect(personOf(ada, 'bob')).toMatchObject({ accountId: accountIdOf(other), trust: 'verified' });
  });

  it('whoever has them now is a stranger, whatever the handle says', async () => {
    const other = await again();
    await world.outcome(other.port.startDirect({ handle: 'ada' }));
    const room = await roomWhere(world, ada, ({ request }) => request !== undefined);
    expect(room.request).toMatchObject({ handle: 'bob' });
  });
});

describe('strict mode', () => {
  it('sends to verified people only, and what waited goes once they are', async () => {
    await ada.port.setPrivacy({ strict: true });
    expect(ada.engine!.state.privacy).toMatchObject({ strict: true });
    expect(ada.room.sendingBlocked).toEqual({ why: 'not-verified', accountIds: [accountIdOf(bob)] });
    expect(await refusal(world, ada.port.sendText(ada.roomId!, 'no'))).toBe('NOT_VERIFIED');
    const cyd = await somebody(world, 'cyd');
    expect(await refusal(world, ada.port.startDirect({ handle: 'cyd' }))).toBe('NOT_VERIFIED');
    const group = { title: 'x', accountIds: [accountIdOf(cyd)] };
    expect(await refusal(world, ada.port.createGroup(group))).toBe('NOT_VERIFIED');
    const sent = sentBy(ada);
    await bob.say('are you there');
    await world.until(() => ada.texts.includes('are you there'));
    await world.clock.advance(60_000);
    expect(sent.filter(type => type === 'append')).toEqual([]);
    await ada.port.markVerified(accountIdOf(bob));
    await world.until(() => bob.sendState('are you there') === 'delivered');
    await ada.say('now I am');
    await world.until(() => bob.texts.includes('now I am'));
  });
});

describe('somebody who is blocked', () => {
  it('is heard no more, and hears nothing: no receipt, no typing', async () => {
    await bob.say('before');
    await world.until(() => bob.sendState('before') === 'delivered');
    await ada.port.block(accountIdOf(bob));
    expect(ada.room.sendingBlocked?.why).toBe('blocked');
    expect(await refusal(world, ada.port.sendText(ada.roomId!, 'no'))).toBe('BLOCKED');
    const sent = sentBy(ada);
    const { length } = ada.notices;
    await bob.say('and now');
    await world.until(() => bob.sendState('and now') === 'sent');
    ada.port.setTyping(ada.roomId!, true);
    await ada.port.markRead(ada.roomId!);
    await world.clock.advance(60_000);
    expect(ada.texts).toEqual(['before']);
    expect(ada.notices.length).toBe(length);
    expect(sent.filter(type => type === 'append' || type === 'ephemeral')).toEqual([]);
    await ada.port.unblock(accountIdOf(bob));
    await bob.say('again');
    await world.until(() => ada.texts.includes('again'));
    await world.until(() => bob.sendState('again') === 'delivered');
    expect(ada.texts).toEqual(['before', 'again']);
  });

  it('in a group is told nothing of their own words, while the others are', async () => {
    const cyd = await somebody(world, 'cyd');
    const people = [accountIdOf(bob), accountIdOf(cyd)];
    const { roomId } = await world.outcome(ada.port.createGroup({ title: 'Garden', accountIds: people }));
    await ada.open(roomId);
    for (const person of [bob, cyd]) {
      const room = await roomWhere(world, person, ({ title }) => title === 'Garden');
      await world.outcome(person.port.acceptRequest(room.roomId));
    }
    await ada.port.block(accountIdOf(bob));
    await bob.say('bob speaks');
    await cyd.say('cyd speaks');
    await world.until(() => cyd.sendState('cyd speaks') === 'delivered');
    await world.clock.advance(60_000);
    expect(bob.sendState('bob speaks')).toBe('sent');
    expect(ada.texts).toEqual(['bob speaks', 'cyd speaks']);
    expect(ada.room.unread).toBe(1);
    await ada.say('to all');
    await world.until(() => bob.texts.includes('to all'));
  });
});

it('a muted room gives no notice, until it is unmuted or the time is over', async () => {
  const heard = async (text: string) => {
    const { length } = ada.notices;
    await bob.say(text);
    await world.until(() => ada.texts.includes(text));
    return ada.notices.length - length;
  };
  await ada.port.mute(ada.roomId!, world.clock.nowMs() + 3_600_000);
  expect(ada.room.muted).toBe(true);
  expect(await heard('one')).toBe(0);
  await world.clock.advance(3_600_001);
  expect(await heard('two')).toBe(1);
  await ada.port.mute(ada.roomId!);
  expect(await heard('three')).toBe(0);
  await ada.port.unmute(ada.roomId!);
  expect(ada.room.muted).toBeUndefined();
  expect(await heard('four')).toBe(1);
});

it('a name that looks like another’s is marked', async () => {
  const cyd = await somebody(world, 'cyd');
  await talking(world, ada, cyd, 'cyd');
  await cyd.port.setName('ВОВ');
  await world.until(() => personOf(ada, 'cyd')?.name === 'ВОВ');
  expect(personOf(ada, 'cyd')?.posesAs).toBe('bob');
  await cyd.port.setName('Cyd');
  await world.until(() => personOf(ada, 'cyd')?.name === 'Cyd');
  expect(personOf(ada, 'cyd')?.posesAs).toBeUndefined();
});
