import { decodeDeviceMail, encodeDeviceMail } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LinkingState } from '../accountIntents.ts';
import type { AccountReply, AccountStep } from '../ports.ts';
import { devices, refusal, registered } from '../testing/accounts.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

const MINUTE_MS = 60_000;

let world: World;
let laptop: Person;
let phone: Person;

beforeEach(async () => {
  world = new World(23);
  laptop = (await registered(world, 'ada')).person;
  phone = await world.person('guest', 'Phone').start();
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

type Waiting = Extract<LinkingState, { step: 'waiting' }>;

const linking = (person: Person) => person.engine!.state.linking;
const failed = (reason: string) => ({ step: 'failed', reason });

async function shown(person: Person): Promise<Waiting> {
  await world.outcome(person.port.beginLink('Chromium on Android'));
  const state = linking(person);
  if (state?.step !== 'waiting') throw new Error('no code is shown');
  return state;
}

const read = (code: string, by = laptop) => world.outcome(by.port.readLinkCode(code));
const approve = (code: string, by = laptop) => world.outcome(by.port.approveLink(code, 'Phone'));

/** What the relay answers at this step is another thing. */
function tamper(step: AccountStep, change: (sealed: Uint8Array) => Uint8Array): void {
  world.accountPost = async (asked, ask) => {
    const reply = await ask();
    if (asked !== step || !('body' in reply)) return reply;
    return { body: encodeDeviceMail({ sealed: change(decodeDeviceMail(reply.body).sealed) }) };
  };
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 40) copy[40]! ^= 1;
  return copy;
}

describe('a new device that shows its code to one that is in', () => {
  for (const how of ['typed', 'code'] as const) {
    it(`is the account’s, and in every room, once it was ${how === 'typed' ? 'typed' : 'scanned'}`, async () => {
      await laptop.startRoom();
      const bob = await world.person('guest', 'Bob').start();
      await bob.enter(laptop.link);
      const code = await shown(phone);
      expect(code.typed).toMatch(/^(\w{4}-){3}\w{4}$/);
      const request = await read(how === 'typed' ? code.typed.toLowerCase() : code.code);
      expect(request).toEqual({ words: code.words, name: 'Chromium on Android' });
      expect(request.words).toHaveLength(4);
      expect(devices(laptop)).toEqual(['Laptop active self']);
      await approve(code[how]);
      expect(devices(laptop)).toEqual(['Laptop active self', 'Phone active']);
      await world.until(() => linking(phone)?.step === 'confirm');
      expect(linking(phone)).toEqual({ step: 'confirm', handle: 'ada' });
      expect(phone.engine!.state.account).toBeUndefined();
      await world.outcome(phone.port.confirmLink());
      expect(linking(phone)).toBeUndefined();
      expect(devices(phone)).toEqual(['Laptop active', 'Phone active self']);
      expect(phone.engine!.state.self?.name).toBe('ada');
      await world.until(() => phone.engine!.state.rooms.length === 1);
      await phone.open(phone.engine!.state.rooms[0]!.roomId);
      await phone.say('from the phone');
      await world.until(() => bob.texts.includes('from the phone'));
      // It is there after a restart too, and has a supply for whoever adds it.
      await phone.stop();
      await phone.start();
      expect(devices(phone)).toEqual(['Laptop active', 'Phone active self']);
    });
  }

  it('is brought in at once, however long its person took to say yes', async () => {
    await laptop.startRoom();
    const code = await shown(phone);
    await read(code.code);
    await approve(code.code);
    await world.until(() => linking(phone)?.step === 'confirm');
    // By now the laptop looks for what the phone has published once in a long while only.
    await world.clock.advance(30 * MINUTE_MS);
    await world.outcome(phone.port.confirmLink());
    await world.until(() => phone.engine!.state.rooms.length === 1, 5_000);
  });

  it('is told when the person there does not agree, and nothing was added', async () => {
    const code = await shown(phone);
    await read(code.code);
    await world.outcome(laptop.port.refuseLink(code.code));
    await world.until(() => linking(phone)?.step === 'failed');
    expect(linking(phone)).toEqual(failed('refused'));
    expect(devices(laptop)).toEqual(['Laptop active self']);
    expect(await refusal(world, laptop.port.approveLink(code.code, 'Phone'))).toBe('LINK_EXPIRED');
    expect(await refusal(world, phone.port.confirmLink())).toBe('LINK_EXPIRED');
  });

  it('shows a code for ten minutes: after that nobody finds it', async () => {
    const code = await shown(phone);
    await read(code.typed);
    await world.clock.advance(10 * MINUTE_MS);
    await world.until(() => linking(phone)?.step === 'failed');
    expect(linking(phone)).toEqual(failed('expired'));
    expect(await refusal(world, laptop.port.readLinkCode(code.typed))).toBe('LINK_EXPIRED');
    // Not even what was read before is listed then.
    expect(await refusal(world, laptop.port.approveLink(code.typed, 'Phone'))).toBe('LINK_EXPIRED');
    expect(devices(laptop)).toEqual(['Laptop active self']);
    expect((await shown(phone)).typed).not.toBe(code.typed);
  });

  it('says so when the relay has forgotten its code, as after a restart', async () => {
    const code = await shown(phone);
    world.killRelay();
    await world.clock.advance(MINUTE_MS);
    // While it cannot be reached, it may come back with what it had.
    expect(linking(phone)?.step).toBe('waiting');
    world.startRelay();
    await world.until(() => linking(phone)?.step === 'failed');
    expect(linking(phone)).toEqual(failed('lost'));
    await world.until(() => laptop.online);
    expect(await refusal(world, laptop.port.readLinkCode(code.code))).toBe('LINK_EXPIRED');
  });

  it('has neither rooms nor an account, and waits no more once its person goes back', async () => {
    expect(await refusal(world, laptop.port.beginLink('Laptop'))).toBe('DEVICE_IN_USE');
    const code = await shown(phone);
    await world.outcome(phone.port.cancelLink());
    expect(linking(phone)).toBeUndefined();
    await read(code.code);
    await approve(code.code);
    await world.clock.advance(MINUTE_MS);
    expect(linking(phone)).toBeUndefined();
    expect(phone.engine!.state.account).toBeUndefined();
  });

  it('threat 8: takes no answer that was given to another offer, and none that was changed', async () => {
    const first = await shown(phone);
    await read(first.code);
    let answer = new Uint8Array(0);
    tamper('devices/answer/read', sealed => (answer = sealed.slice()));
    await approve(first.code);
    await world.until(() => linking(phone)?.step === 'confirm');
    tamper('devices/answer/read', () => answer);
    await shown(phone);
    await world.until(() => linking(phone)?.step === 'failed');
    expect(linking(phone)).toEqual(failed('wrong-answer'));
    const next = await shown(phone);
    tamper('devices/answer/read', flipped);
    await read(next.code);
    await approve(next.code);
    await world.until(() => linking(phone)?.step === 'failed');
    expect(linking(phone)).toEqual(failed('wrong-answer'));
    expect(phone.engine!.state.account).toBeUndefined();
    expect(await phone.recordKeys('self/account')).toEqual([]);
  });

  it('says whose account it gets: who saw the code and answered first is found out, and nothing is kept', async () => {
    const { person: eve } = await registered(world, 'eve');
    const code = await shown(phone);
    await read(code.code);
    await read(code.code, eve);
    await approve(code.code, eve);
    await world.until(() => linking(phone)?.step === 'confirm');
    expect(linking(phone)).toEqual({ step: 'confirm', handle: 'eve' });
    // The owner’s device hears that somebody was faster, and lists nothing.
    expect(await refusal(world, laptop.port.approveLink(code.code, 'Phone'))).toBe('LINK_EXPIRED');
    expect(devices(laptop)).toEqual(['Laptop active self']);
    await world.outcome(phone.port.cancelLink());
    expect(await phone.recordKeys('self/account')).toEqual([]);
  });
});

describe('the device that is in', () => {
  it('tells a slip from a code that nobody waits under', async () => {
    const readIt = (code: string) => refusal(world, laptop.port.readLinkCode(code));
    expect(await readIt('sotto-number:1.2.3')).toBe('BAD_CODE');
    expect(await readIt('0000-0000')).toBe('BAD_CODE');
    const code = await shown(phone);
    await world.outcome(phone.port.cancelLink());
    // Somebody else’s relay.
    world.killRelay();
    world.startRelay();
    await world.until(() => laptop.online);
    expect(await readIt(code.typed)).toBe('LINK_EXPIRED');
    expect(await refusal(world, phone.port.readLinkCode(code.typed))).toBe('NO_ACCOUNT');
  });

  it('threat 1: adds nothing that the device with this code did not offer', async () => {
    const other = await world.person('guest', 'Eve').start();
    const [code, evil] = [await shown(phone), await shown(other)];
    let offers: Uint8Array = new Uint8Array(0);
    tamper('devices/offer/read', sealed => (offers = sealed));
    await read(evil.code);
    for (const change of [flipped, () => offers]) {
      tamper('devices/offer/read', change);
      for (const text of [code.code, code.typed])
        expect(await refusal(world, laptop.port.readLinkCode(text))).toBe('LINK_TAMPERED');
    }
    expect(devices(laptop)).toEqual(['Laptop active self']);
  });

  it('approves only what was read, and whose words were shown', async () => {
    const other = await world.person('guest', 'Pad').start();
    const [code, next] = [await shown(phone), await shown(other)];
    expect(await refusal(world, laptop.port.approveLink(code.code, 'Phone'))).toBe('LINK_EXPIRED');
    await read(code.code);
    await read(next.code);
    expect(await refusal(world, laptop.port.approveLink(code.code, 'Phone'))).toBe('LINK_EXPIRED');
    expect(devices(laptop)).toEqual(['Laptop active self']);
  });

  it('goes on where an answer was lost, and the device is listed once', async () => {
    const code = await shown(phone);
    await read(code.code);
    let losses = 1;
    world.accountPost = async (step: AccountStep, ask: () => Promise<AccountReply>) => {
      const reply = await ask();
      if (step === 'devices/answer' && losses-- > 0) throw new Error('lost');
      return reply;
    };
    expect(await refusal(world, laptop.port.approveLink(code.code, 'Phone'))).toBe('OFFLINE');
    await approve(code.code);
    expect(devices(laptop)).toEqual(['Laptop active self', 'Phone active']);
    await world.until(() => linking(phone)?.step === 'confirm');
  });

  it('goes on where it is not known whether the list arrived', async () => {
    const code = await shown(phone);
    await read(code.code);
    laptop.tamper = body => {
      if (body.type !== 'done') return [body];
      laptop.tamper = same => [same];
      world.cutConnections();
      return [];
    };
    const first = await refusal(world, laptop.port.approveLink(code.code, 'Phone'));
    expect(first).toBe('OFFLINE');
    await world.until(() => laptop.online);
    await approve(code.code);
    expect(devices(laptop)).toEqual(['Laptop active self', 'Phone active']);
    await world.until(() => linking(phone)?.step === 'confirm');
    await world.outcome(phone.port.confirmLink());
    expect(devices(phone)).toEqual(['Laptop active', 'Phone active self']);
  });

  it('takes the new device off the list again where its code ran out on the way', async () => {
    const code = await shown(phone);
    await read(code.code);
    world.accountPost = async (step, ask) =>
      step === 'devices/answer' ? { refused: 'NOT_FOUND', retryAfterMs: 0 } : ask();
    expect(await refusal(world, laptop.port.approveLink(code.code, 'Phone'))).toBe('LINK_EXPIRED');
    expect(devices(laptop)).toEqual(['Laptop active self', 'Phone revoked']);
  });

  it('threat 60: leaves nothing at the relay that names the device, the person or the code', async () => {
    const wire: Uint8Array[] = [];
    world.wire = wire;
    const code = await shown(phone);
    await read(code.code);
    await approve(code.code);
    await world.until(() => linking(phone)?.step === 'confirm');
    const seen = Buffer.concat(wire).toString('latin1');
    for (const secret of ['Chromium', 'Phone', code.typed.replaceAll('-', ''), code.typed.slice(0, 9)])
      expect(seen).not.toContain(secret);
    expect(wire.length).toBeGreaterThan(4);
  });
});
