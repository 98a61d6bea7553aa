import { Handle } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AccountStep } from '../ports.ts';
import {
  accountOf,
  devices,
  NEXT_PASSWORD,
  PASSWORD,
  refusal,
  registered,
  signedIn,
} from '../testing/accounts.fixture.ts';
import { World } from '../testing/world.fixture.ts';
import { AccountService } from './accountService.ts';
import { provePassword } from './passwords.ts';

let world: World;

beforeEach(() => {
  world = new World(7);
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

describe('an account', () => {
  it('is registered with this device in its list, and gives twelve words once', async () => {
    const { person, recoveryCode } = await registered(world, 'ada');
    expect(recoveryCode.split(' ')).toHaveLength(12);
    expect(person.engine!.state.account).toMatchObject({ handle: 'ada', recoveryCodeMade: true });
    expect(devices(person)).toEqual(['Laptop active self']);
    expect(person.engine!.state.self?.name).toBe('ada');
    expect(await refusal(world, person.port.createAccount(accountOf('bob')))).toBe('HAS_ACCOUNT');
    // It is there after a restart too.
    await person.stop();
    await person.start();
    expect(devices(person)).toEqual(['Laptop active self']);
  });

  it('can be added by others as soon as it is made', async () => {
    const person = await world.person('host', 'ada').start();
    await world.until(() => person.online);
    const supply = person.port.createAccount(accountOf('ada')).then(() => {
      const { accountId, deviceId } = person.engine!.state.self!;
      return world.directory.keyPackageSupply({ accountId, deviceId });
    });
    expect(await world.outcome(supply)).toMatchObject({ lastResort: true });
    expect((await supply).count).toBeGreaterThan(0);
  });

  it('is made, and its words are shown, also where the relay goes before anybody can be told', async () => {
    const person = await world.person('host', 'ada').start();
    await world.until(() => person.online);
    world.accountPost = async (step, ask) => {
      const reply = await ask();
      if (step === 'register/finish') world.killRelay();
      return reply;
    };
    const { recoveryCode } = await world.outcome(person.port.createAccount(accountOf('ada')));
    expect(recoveryCode.split(' ')).toHaveLength(12);
    expect(person.online).toBe(false);
    world.startRelay();
    const { accountId, deviceId } = person.engine!.state.self!;
    await world.until(
      async () => (await world.directory.keyPackageSupply({ accountId, deviceId })).count > 0,
    );
  });

  it('is refused with what to do about it, and nothing has changed then', async () => {
    await registered(world, 'ada');
    const person = await world.person('host', 'Eve').start();
    const create = (handle: string, password = PASSWORD) =>
      refusal(world, person.port.createAccount({ ...accountOf(handle), password }));
    expect(await create('ada')).toBe('HANDLE_TAKEN');
    expect(await create('a--da')).toBe('HANDLE_INVALID');
    expect(await create('admin')).toBe('HANDLE_RESERVED');
    expect(await create('eve', 'ninechars')).toBe('WEAK_PASSWORD');
    expect(person.engine!.state.account).toBeUndefined();
    expect(await person.recordKeys('self/registering')).toEqual([]);
    expect(await create('eve')).toBe('done');
  });

  it('is made where the operator lets people make one', async () => {
    world.killRelay();
    world.registration = 'closed';
    world.startRelay();
    const person = await world.person('host', 'Ada').start();
    await world.outcome(person.port.askRegistration());
    expect(person.engine!.state.registration).toBe('closed');
    expect(await refusal(world, person.port.createAccount(accountOf('ada')))).toBe('REGISTRATION_CLOSED');
    world.killRelay();
    world.registration = 'invitation';
    world.startRelay();
    expect(await refusal(world, person.port.createAccount(accountOf('ada')))).toBe('INVITATION_NEEDED');
    expect(
      await refusal(world, person.port.createAccount({ ...accountOf('ada'), invitation: 'not a code' })),
    ).toBe('INVITATION_NEEDED');
  });
});

describe('a second device', () => {
  it('signs in by handle and password, and both see both', async () => {
    const { person: laptop } = await registered(world, 'ada');
    const phone = await signedIn(world, '@Ada');
    expect(phone.engine!.state.self?.accountId).toBe(laptop.engine!.state.self?.accountId);
    expect(phone.engine!.state.self?.deviceId).not.toBe(laptop.engine!.state.self?.deviceId);
    expect(devices(phone)).toEqual(['Laptop active', 'Phone active self']);
    await world.until(() => devices(laptop)?.length === 2);
    expect(devices(laptop)).toEqual(['Laptop active self', 'Phone active']);
    await phone.stop();
    await phone.start();
    await world.until(() => phone.online);
    expect(devices(phone)).toEqual(['Laptop active', 'Phone active self']);
  });

  it('is told the same, whether the password is wrong or nobody has the handle', async () => {
    await registered(world, 'ada');
    const phone = await world.person('guest', 'Eve').start();
    const before = phone.engine!.state.self;
    const signIn = (handle: string, password: string) =>
      refusal(world, phone.port.signIn({ handle, password, deviceName: 'Phone' }));
    expect(await signIn('ada', 'correct horse batterx')).toBe('SIGN_IN_FAILED');
    expect(await signIn('nobody.here', PASSWORD)).toBe('SIGN_IN_FAILED');
    expect(phone.engine!.state.self).toEqual(before);
    expect(phone.engine!.state.account).toBeUndefined();
  });

  it('is one that has nothing yet', async () => {
    await registered(world, 'ada');
    const other = await world.person('host', 'Bob').start();
    await other.port.setName('Bob');
    await other.startRoom();
    const { port } = other;
    expect(await refusal(world, port.signIn({ handle: 'ada', password: PASSWORD, deviceName: 'x' }))).toBe(
      'DEVICE_IN_USE',
    );
  });

  it('is renamed, for own devices to read', async () => {
    const { person: laptop } = await registered(world, 'ada');
    const phone = await signedIn(world, 'ada');
    const { deviceId } = phone.engine!.state.self!;
    await world.until(() => devices(laptop)?.length === 2);
    await world.outcome(laptop.port.renameDevice(deviceId, 'Old phone'));
    await world.until(() => devices(phone)?.[1] === 'Old phone active self');
    expect(await refusal(world, laptop.port.renameDevice(deviceId, ''))).toBe('BAD_NAME');
  });
});

describe('a password', () => {
  it('that is changed opens the account; the one before does not any more', async () => {
    const { person: laptop } = await registered(world, 'ada');
    const { port } = laptop;
    expect(await refusal(world, port.changePassword('not the password', NEXT_PASSWORD))).toBe(
      'SIGN_IN_FAILED',
    );
    expect(await refusal(world, port.changePassword(PASSWORD, 'short'))).toBe('WEAK_PASSWORD');
    await world.outcome(port.changePassword(PASSWORD, NEXT_PASSWORD));
    const phone = await world.person('guest', 'ada').start();
    const signIn = (password: string) =>
      refusal(world, phone.port.signIn({ handle: 'ada', password, deviceName: 'Phone' }));
    expect(await signIn(PASSWORD)).toBe('SIGN_IN_FAILED');
    expect(await signIn(NEXT_PASSWORD)).toBe('done');
  });

  it('stays whole where the relay goes in the middle of a change', async () => {
    const { person: laptop } = await registered(world, 'ada');
    laptop.tamperSent = body => {
      if (body.type === 'finishPasswordChange') world.cutConnections();
      return body;
    };
    expect(await refusal(world, laptop.port.changePassword(PASSWORD, NEXT_PASSWORD))).toBe('OFFLINE');
    laptop.tamperSent = body => body;
    await signedIn(world, 'ada', { password: PASSWORD });
  });

  it('that is forgotten is replaced by the recovery code', async () => {
    const { recoveryCode } = await registered(world, 'ada');
    const phone = await world.person('guest', 'ada').start();
    const recover = (code: string) =>
      refusal(
        world,
        phone.port.recover({ handle: 'ada', code, newPassword: NEXT_PASSWORD, deviceName: 'Phone' }),
      );
    const words = recoveryCode.split(' ');
    expect(await recover(words.slice(1).join(' '))).toBe('MISTYPED_CODE');
    const other = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
    expect(await recover(other)).toBe('SIGN_IN_FAILED');
    expect(await recover(recoveryCode.toUpperCase())).toBe('done');
    expect(devices(phone)).toEqual(['Laptop active', 'Phone active self']);
    const tablet = await world.person('guest', 'ada').start();
    const signIn = (password: string) =>
      refusal(world, tablet.port.signIn({ handle: 'ada', password, deviceName: 'Tablet' }));
    expect(await signIn(PASSWORD)).toBe('SIGN_IN_FAILED');
    expect(await signIn(NEXT_PASSWORD)).toBe('done');
  });

  it('a new recovery code takes the place of the one before', async () => {
    const { person: laptop, recoveryCode } = await registered(world, 'ada');
    const made = await world.outcome(laptop.port.makeAccountRecoveryCode());
    const phone = await world.person('guest', 'ada').start();
    const recover = (code: string) =>
      refusal(
        world,
        phone.port.recover({ handle: 'ada', code, newPassword: NEXT_PASSWORD, deviceName: 'Phone' }),
      );
    expect(await recover(recoveryCode)).toBe('SIGN_IN_FAILED');
    expect(await recover(made.recoveryCode)).toBe('done');
  });
});

describe('the end of an account', () => {
  it('frees it at the relay; devices go on without one', async () => {
    const { person: laptop } = await registered(world, 'ada');
    const phone = await signedIn(world, 'ada');
    expect(await refusal(world, laptop.port.deleteAccount('not the password'))).toBe('SIGN_IN_FAILED');
    await world.outcome(laptop.port.deleteAccount(PASSWORD));
    expect(laptop.engine!.state.account).toBeUndefined();
    await world.until(() => phone.engine!.state.account === undefined);
    // Each of them can say what became of it, also later.
    expect(phone.engine!.state.deletedAccount).toBe('ada');
    await phone.stop();
    await phone.start();
    expect([laptop, phone].map(({ engine }) => engine!.state.deletedAccount)).toEqual(['ada', 'ada']);
    await world.until(() => laptop.online);
    expect((await world.directory.counts()).accounts).toBe(0);
    expect(await laptop.recordKeys('keypackage/')).toEqual([]);
    const other = await world.person('guest', 'Eve').start();
    const again = other.port.signIn({ handle: 'ada', password: PASSWORD, deviceName: 'x' });
    expect(await refusal(world, again)).toBe('SIGN_IN_FAILED');
  });
});

describe('an answer that is lost', () => {
  /** The relay does it, and nobody hears so. */
  function loseAnswer(lost: AccountStep): void {
    world.accountPost = async (step, ask) => {
      const reply = await ask();
      if (step === lost) throw new Error('cut');
      return reply;
    };
  }

  const restore = () => {
    world.accountPost = (_, ask) => ask();
  };

  it('of a registration: it is found at the next start that there is an account', async () => {
    const laptop = await world.person('host', 'Ada').start();
    loseAnswer('register/finish');
    expect(await refusal(world, laptop.port.createAccount(accountOf('ada')))).toBe('OFFLINE');
    expect(laptop.engine!.state.account).toBeUndefined();
    restore();
    await laptop.stop();
    await laptop.start();
    await world.until(() => laptop.engine!.state.account !== undefined);
    // Nobody has seen its words.
    expect(laptop.engine!.state.account).toMatchObject({ handle: 'ada', recoveryCodeMade: false });
    await signedIn(world, 'ada');
  });

  it('of a registration that did not arrive: nothing is left of it when another took the handle', async () => {
    const laptop = await world.person('host', 'Ada').start();
    world.accountPost = async (step, ask) => {
      if (step === 'register/finish') throw new Error('cut');
      return ask();
    };
    expect(await refusal(world, laptop.port.createAccount(accountOf('ada')))).toBe('OFFLINE');
    restore();
    await registered(world, 'ada');
    await laptop.stop();
    await laptop.start();
    await world.until(async () => (await laptop.recordKeys('self/registering')).length === 0);
    expect(laptop.engine!.state.account).toBeUndefined();
  });

  it('of the list with a new device: signing in again finds it there, and makes no second', async () => {
    const { person: laptop } = await registered(world, 'ada');
    const phone = await world.person('guest', 'ada').start();
    loseAnswer('devices');
    const signIn = () => phone.port.signIn({ handle: 'ada', password: PASSWORD, deviceName: 'Phone' });
    expect(await refusal(world, signIn())).toBe('done');
    restore();
    await world.until(() => devices(laptop)?.length === 2);
    expect(devices(phone)).toEqual(['Laptop active', 'Phone active self']);
  });

  it('of the list, and the program ends: at the next start it is the account’s device', async () => {
    const { person: laptop } = await registered(world, 'ada');
    const phone = await world.person('guest', 'ada').start();
    let asked = 0;
    world.accountPost = async (step, ask) => {
      if (step === 'sign-in/start' && asked++ > 0) throw new Error('cut');
      const reply = await ask();
      if (step === 'devices') throw new Error('cut');
      return reply;
    };
    const signIn = phone.port.signIn({ handle: 'ada', password: PASSWORD, deviceName: 'Phone' });
    expect(await refusal(world, signIn)).toBe('OFFLINE');
    await phone.stop();
    restore();
    await phone.start();
    await world.until(() => phone.engine!.state.account !== undefined && phone.online);
    await world.until(() => devices(laptop)?.length === 2);
    expect(devices(phone)).toEqual(['Laptop active', 'Phone active self']);
  });

  it('of the list, and the program ends without the relay: the same device goes on', async () => {
    const { person: laptop } = await registered(world, 'ada');
    const phone = await world.person('guest', 'ada').start();
    let asked = 0;
    world.accountPost = async (step, ask) => {
      if (step === 'sign-in/start' && asked++ > 0) throw new Error('cut');
      const reply = await ask();
      if (step === 'devices') throw new Error('cut');
      return reply;
    };
    const signIn = () => phone.port.signIn({ handle: 'ada', password: PASSWORD, deviceName: 'Phone' });
    expect(await refusal(world, signIn())).toBe('OFFLINE');
    await phone.stop();
    await phone.start();
    restore();
    expect(await refusal(world, signIn())).toBe('done');
    await world.until(() => devices(laptop)?.length === 2);
    expect(devices(phone)).toEqual(['Laptop active', 'Phone active self']);
  });
});

describe('what leads to the account', () => {
  it('never goes over the wire: neither password, recovery code nor account key', async () => {
    world.wire = [];
    const { person: laptop, recoveryCode } = await registered(world, 'ada');
    const phone = await signedIn(world, 'ada');
    await world.outcome(laptop.port.changePassword(PASSWORD, NEXT_PASSWORD));
    const made = await world.outcome(phone.port.makeAccountRecoveryCode());
    const words = [recoveryCode, made.recoveryCode];
    const secrets = [
      PASSWORD,
      NEXT_PASSWORD,
      ...words,
      ...words.map(code => code.split(' ').slice(0, 2).join(' ')),
    ];
    const { accountPrivateKey, devicePrivateKey } = laptop.engine!.context.identity;
    const wire = world.wire.map(bytes => Buffer.from(bytes));
    expect(wire.length).toBeGreaterThan(20);
    for (const secret of [
      ...secrets.map(text => Buffer.from(text)),
      Buffer.from(accountPrivateKey),
      Buffer.from(devicePrivateKey),
    ]) {
      expect(wire.some(bytes => bytes.includes(secret))).toBe(false);
    }
    // The scan finds what does go over it.
    expect(wire.some(bytes => bytes.includes('ada'))).toBe(true);
  });

  it('is opened by OPAQUE’s export key, which goes nowhere: not over the wire, onto a disk, or into a log', async () => {
    const logged: string[] = [];
    for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
      vi.spyOn(console, level).mockImplementation((...said) => void logged.push(said.map(String).join(' ')));
    world.wire = [];
    const { person: laptop } = await registered(world, 'ada');
    const exportKey = await exportKeyOf('ada', PASSWORD);
    const phone = await signedIn(world, 'ada');
    await world.outcome(laptop.port.changePassword(PASSWORD, NEXT_PASSWORD));
    const nextKey = await exportKeyOf('ada', NEXT_PASSWORD);
    const { accountPrivateKey } = phone.engine!.context.identity;
    for (const person of [laptop, phone]) await person.stop();
    vi.restoreAllMocks();
    const found = [
      ...world.wire,
      ...(await Promise.all([laptop, phone].map(person => person.records()))).flat(),
      ...[laptop, phone].flatMap(({ disk, keys }) => [...disk.records.values(), keys.bytes]),
      ...logged.map(text => new TextEncoder().encode(text)),
      new TextEncoder().encode(world.failures.join()),
    ].map(bytes => Buffer.from(bytes));
    for (const key of [exportKey, nextKey].map(bytes => Buffer.from(bytes))) {
      expect(key).toHaveLength(64);
      const forms = [key, key.subarray(0, 16), key.subarray(32, 48)];
      const texts = [key.toString('base64url'), key.toString('base64'), key.toString('hex')];
      for (const form of [...forms, ...texts.map(text => Buffer.from(text.slice(0, 40)))])
        expect(found.some(bytes => bytes.includes(form))).toBe(false);
    }
    // The scan sees into the records: the account’s own key is on its devices, sealed there.
    expect(found.some(bytes => bytes.includes(Buffer.from(accountPrivateKey)))).toBe(true);
  });

  /** As whoever signs in by that password derives it. */
  async function exportKeyOf(handle: string, password: string): Promise<Uint8Array> {
    const { accounts } = world.engineOptions('guest');
    const service = new AccountService(accounts!.post);
    const { key } = await provePassword(service, await accounts!.opaque(), {
      handle: Handle.parse(handle),
      password,
    });
    return key.kind === 'password' ? key.secret : new Uint8Array(0);
  }
});
