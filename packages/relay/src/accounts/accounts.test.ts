import { createHash, randomBytes } from 'node:crypto';
import {
  decodeSignedDeviceList,
  deviceListInput,
  encodeSignedDeviceList,
  Handle,
  InvitationCode,
} from '@sotto/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import { TestAccount } from '../testing/accountClient.fixture.ts';
import { keyPair, signature, TestDevice } from '../testing/device.fixture.ts';
import { memoryRelay, ORIGIN } from '../testing/memoryRelay.fixture.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));

async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'ok';
}

/** A list of 21 devices, well signed: what the encoder of an honest client refuses, put together by hand. */
function tooManyDevices(account: TestAccount): Uint8Array {
  const { list } = decodeSignedDeviceList(account.list(1));
  // Version, account key and counter stand before the one device.
  const one = list.subarray(38);
  expect(one[0], 'the tag of field 4').toBe(0x22);
  const many = Buffer.concat([list.subarray(0, list.length - one.length), ...Array(21).fill(one)]);
  return encodeSignedDeviceList({ list: many, signature: signature(account.key, deviceListInput(many)) });
}

let memory: ReturnType<typeof memoryRelay>;

beforeEach(() => {
  memory = memoryRelay();
});

describe('registration', () => {
  test('keeps a handle, and what belongs to it, for whoever has the account’s key', async () => {
    const mara = new TestAccount('mara');
    await mara.register(memory.port, ORIGIN);
    const signedIn = await mara.signIn(memory.port);
    expect(signedIn.sealedBundle).toEqual(mara.sealedBundle);
    expect(signedIn.signedDeviceList).toEqual(mara.list(1));
  });

  test('is done once, however often its end is sent', async () => {
    const mara = new TestAccount('mara');
    const finish = await mara.register(memory.port, ORIGIN);
    expect(await codeOf(memory.port.registerFinish(finish))).toBe('ok');
  });

  test('says at its start that a handle is taken, looks like one, or is nobody’s', async () => {
    await new TestAccount('mara').register(memory.port, ORIGIN);
    for (const [handle, code] of [
      ['mara', 'HANDLE_TAKEN'],
      ['m.a.r.a', 'HANDLE_TAKEN'],
      ['sotto-team', 'HANDLE_RESERVED'],
      ['adm1n', 'HANDLE_RESERVED'],
    ] as const) {
      const other = new TestAccount(handle);
      expect([handle, await codeOf(other.register(memory.port, ORIGIN))]).toEqual([handle, code]);
    }
  });

  test('checks at its end again what it said at its start', async () => {
    const first = new TestAccount('mara');
    const late = new TestAccount('mara');
    const finish = await late.registration(memory.port, ORIGIN);
    await first.register(memory.port, ORIGIN);
    expect(await codeOf(memory.port.registerFinish(finish))).toBe('HANDLE_TAKEN');
    const sneaky = new TestAccount('ben');
    const reserved = { registration: { handle: Handle.parse('admin') } };
    expect(await codeOf(sneaky.register(memory.port, ORIGIN, reserved))).toBe('HANDLE_RESERVED');
  });

  describe('threat 1: a key is registered by who has it only', () => {
    test.each<[string, (mara: TestAccount) => Promise<unknown>, string]>([
      [
        'signed by another key',
        mara => mara.register(memory.port, ORIGIN, { signer: keyPair() }),
        'FORBIDDEN',
      ],
      ['signed for another relay', mara => mara.register(memory.port, 'https://evil.example'), 'FORBIDDEN'],
      [
        'with another’s account key',
        mara => mara.register(memory.port, ORIGIN, { registration: { accountKey: keyPair().publicKey } }),
        'FORBIDDEN',
      ],
      [
        'changed after it was signed',
        async mara => {
          const finish = await mara.registration(memory.port, ORIGIN);
          const registration = finish.registration.slice();
          // In the bundle, whose bytes mean nothing to any decoder.
          registration[Buffer.from(registration).indexOf(mara.sealedBundle)]! ^= 1;
          await memory.port.registerFinish({ ...finish, registration });
        },
        'FORBIDDEN',
      ],
      [
        'with a list that another key signed',
        mara =>
          mara.register(memory.port, ORIGIN, {
            registration: { signedDeviceList: mara.list(1, mara.devices, keyPair()) },
          }),
        'FORBIDDEN',
      ],
      [
        'with the list of another account',
        mara => {
          const other = new TestAccount('other');
          return mara.register(memory.port, ORIGIN, { registration: { signedDeviceList: other.list(1) } });
        },
        'FORBIDDEN',
      ],
      [
        'with a device of another account in its list',
        mara =>
          mara.register(memory.port, ORIGIN, {
            registration: { signedDeviceList: mara.list(1, [...mara.devices, new TestDevice()]) },
          }),
        'FORBIDDEN',
      ],
      [
        'with a list that does not decode',
        mara => mara.register(memory.port, ORIGIN, { registration: { signedDeviceList: random(80) } }),
        'MALFORMED',
      ],
    ])('not %s', async (_what, act, code) => {
      const mara = new TestAccount('mara');
      expect(await codeOf(act(mara))).toBe(code);
      expect(await memory.directory.counts()).toMatchObject({ accounts: 0 });
      expect(await codeOf(new TestAccount('mara').register(memory.port, ORIGIN))).toBe('ok');
    });
  });

  test('takes a list of at most 20 devices, each once', async () => {
    const mara = new TestAccount('mara');
    const twice = mara.list(1, [mara.devices[0]!, mara.devices[0]!]);
    const register = (signedDeviceList: Uint8Array) =>
      codeOf(mara.register(memory.port, ORIGIN, { registration: { signedDeviceList } }));
    expect(await register(twice)).toBe('MALFORMED');
    const tooMany = tooManyDevices(mara);
    expect(await register(tooMany)).toBe('TOO_MANY_DEVICES');
    expect(await memory.directory.counts()).toMatchObject({ accounts: 0 });
  });

  test('is closed where the operator says so', async () => {
    memory = memoryRelay({ registration: 'closed' });
    const mara = new TestAccount('mara');
    expect(await codeOf(mara.register(memory.port, ORIGIN))).toBe('REGISTRATION_CLOSED');
    const open = memoryRelay();
    const finish = await mara.registration(open.port, ORIGIN);
    expect(await codeOf(memory.port.registerFinish(finish))).toBe('REGISTRATION_CLOSED');
    expect(memory.relay.accounts.policy()).toEqual({ mode: 'closed' });
  });

  test('is by invitation where the operator says so: a code lets one person in', async () => {
    memory = memoryRelay({ registration: 'invitation' });
    const [mara, ben, cyd] = [new TestAccount('mara'), new TestAccount('ben'), new TestAccount('cyd')];
    expect(await codeOf(mara.register(memory.port, ORIGIN))).toBe('INVITATION_NEEDED');
    const wrong = InvitationCode.fromBytes(random(16));
    expect(await codeOf(mara.register(memory.port, ORIGIN, { invitationCode: wrong }))).toBe(
      'INVITATION_NEEDED',
    );
    const invitationCode = await memory.relay.accounts.createInvitation();
    // Both are past the first look when the first of them comes to the end.
    const finish = await ben.registration(memory.port, ORIGIN, { invitationCode });
    expect(await codeOf(mara.register(memory.port, ORIGIN, { invitationCode }))).toBe('ok');
    expect(await codeOf(memory.port.registerFinish(finish))).toBe('INVITATION_NEEDED');
    expect(await codeOf(cyd.register(memory.port, ORIGIN, { invitationCode }))).toBe('INVITATION_NEEDED');

    const late = await memory.relay.accounts.createInvitation();
    await memory.scheduler.advance(30 * 24 * 3_600_000);
    expect(await codeOf(cyd.register(memory.port, ORIGIN, { invitationCode: late }))).toBe(
      'INVITATION_NEEDED',
    );
  });
});

describe('sign-in', () => {
  let mara: TestAccount;

  beforeEach(async () => {
    mara = new TestAccount('mara');
    await mara.register(memory.port, ORIGIN);
  });

  test('gives the export key of the registration to who has the password', async () => {
    const registered = mara.exportKey;
    await mara.signIn(memory.port);
    expect(mara.exportKey).toBe(registered);
  });

  test('fails with a wrong password, in the same words as for nobody', async () => {
    expect(await codeOf(mara.signIn(memory.port, 'wrong'))).toBe('SIGN_IN_FAILED');
    expect(await codeOf(new TestAccount('nobody').signIn(memory.port))).toBe('SIGN_IN_FAILED');
  });

  test('starts alike for a handle that nobody has: same form, same size, other bytes each time', async () => {
    const nobody = new TestAccount('nobody');
    const starts = [
      await mara.startSignIn(memory.port),
      await mara.startSignIn(memory.port),
      await nobody.startSignIn(memory.port),
      await nobody.startSignIn(memory.port),
    ].map(({ started }) => started);
    const shapes = starts.map(({ signInId, loginResponse }) => [signInId.length, loginResponse.length]);
    expect(new Set(shapes.map(String))).toEqual(new Set(['16,320']));
    expect(new Set(starts.map(({ loginResponse }) => String(loginResponse))).size).toBe(4);
    // The server's part that stays the same for an account stays the same for nobody too: it is not in the clear.
    const tails = starts.map(({ loginResponse }) => String(loginResponse.slice(32, 128)));
    expect(new Set(tails).size).toBe(4);
  });

  test('ends once, within a minute', async () => {
    const { started, finish } = await mara.startSignIn(memory.port);
    await finish();
    expect(await codeOf(finish())).toBe('SIGN_IN_FAILED');
    const late = await mara.startSignIn(memory.port);
    await memory.scheduler.advance(60_000);
    expect(await codeOf(late.finish())).toBe('SIGN_IN_FAILED');
    const inTime = await mara.startSignIn(memory.port);
    await memory.scheduler.advance(59_999);
    expect(await codeOf(inTime.finish())).toBe('ok');
    expect(started.signInId).not.toEqual(late.started.signInId);
  });

  test('spends its one try on a wrong password', async () => {
    const { started, finish } = await mara.startSignIn(memory.port);
    const wrong = { signInId: started.signInId, finishLoginRequest: random(64) };
    expect(await codeOf(memory.port.signInFinish(wrong))).toBe('SIGN_IN_FAILED');
    expect(await codeOf(finish())).toBe('SIGN_IN_FAILED');
  });

  test('fails when the account is deleted in between', async () => {
    const { finish } = await mara.startSignIn(memory.port);
    await memory.directory.deleteAccount(mara.accountId, memory.scheduler.nowMs);
    expect(await codeOf(finish())).toBe('SIGN_IN_FAILED');
  });

  test('refuses what is no message of OPAQUE, whether or not anybody has the handle', async () => {
    for (const handle of ['mara', 'nobody'].map(Handle.parse)) {
      const startLoginRequest = new Uint8Array(96).fill(0xff);
      expect(await codeOf(memory.port.signInStart({ handle, startLoginRequest }))).toBe('MALFORMED');
    }
  });

  test.each(['mara', 'nobody'])('lets 10 at once try %s, and one a minute from then on', async handle => {
    memory.relay.stop();
    memory = memoryRelay({ quotas: { signInsPerAddress: { burst: 1_000, perSecond: 100 } } });
    if (handle === 'mara') await mara.register(memory.port, ORIGIN);
    const someone = new TestAccount(handle);
    const codes = [];
    for (let n = 0; n < 11; n++) codes.push(await codeOf(someone.signIn(memory.port, `guess ${n}`)));
    expect(codes).toEqual([...Array.from({ length: 10 }, () => 'SIGN_IN_FAILED'), 'RATE_LIMITED']);
    const recovery = { handle: someone.handle, recoveryProof: random(32) };
    expect(await codeOf(memory.port.recover(recovery))).toBe('RATE_LIMITED');
    await memory.scheduler.advance(60_000);
    expect(await codeOf(someone.signIn(memory.port, 'one more'))).toBe('SIGN_IN_FAILED');
    expect(await codeOf(someone.signIn(memory.port, 'and another'))).toBe('RATE_LIMITED');
  });

  test('lets one address try 20 handles at once, and one in ten seconds from then on', async () => {
    const tries = Array.from({ length: 21 }, (_, n) => new TestAccount(`person${n}`));
    const codes = [];
    for (const person of tries) codes.push(await codeOf(person.signIn(memory.port)));
    expect(codes.slice(19)).toEqual(['SIGN_IN_FAILED', 'RATE_LIMITED']);
    const { accounts } = memory.relay;
    const elsewhere = { remoteAddress: '192.0.2.2', origins: [ORIGIN] };
    const port = { ...memory.port, signInStart: (start: never) => accounts.signInStart(start, elsewhere) };
    expect(await codeOf(mara.signIn(port))).toBe('ok');
  });

  test('does no more work in all than the process can bear', async () => {
    memory = memoryRelay({ quotas: { opaqueSteps: { burst: 2, perSecond: 1 } } });
    await mara.register(memory.port, ORIGIN);
    await mara.signIn(memory.port);
    expect(await codeOf(mara.signIn(memory.port))).toBe('RATE_LIMITED');
    await memory.scheduler.advance(1_000);
    expect(await codeOf(mara.signIn(memory.port))).toBe('ok');
  });
});

describe('recovery', () => {
  let mara: TestAccount;

  beforeEach(async () => {
    mara = new TestAccount('mara');
    await mara.register(memory.port, ORIGIN);
  });

  test('gives the bundle under the recovery code’s key to who has the code', async () => {
    const { handle, recoveryProof } = mara;
    const signedIn = await memory.port.recover({ handle, recoveryProof });
    expect(signedIn.sealedBundle).toEqual(mara.sealedRecoveryBundle);
    expect(signedIn.signedDeviceList).toEqual(mara.list(1));
  });

  test('fails in the same words for a wrong code and for nobody', async () => {
    for (const handle of [mara.handle, Handle.parse('nobody')]) {
      expect(await codeOf(memory.port.recover({ handle, recoveryProof: random(32) }))).toBe('SIGN_IN_FAILED');
    }
    // Who has read the database has the hash, which is not the proof.
    const hash = createHash('sha256').update(mara.recoveryProof).digest();
    expect(await codeOf(memory.port.recover({ handle: mara.handle, recoveryProof: hash }))).toBe(
      'SIGN_IN_FAILED',
    );
  });
});

describe('a device that has just signed in', () => {
  let mara: TestAccount;

  beforeEach(async () => {
    mara = new TestAccount('mara');
    await mara.register(memory.port, ORIGIN);
  });

  test('puts itself on the list, once', async () => {
    const { ticket } = await mara.signIn(memory.port);
    mara.devices.push(mara.newDevice());
    const signedDeviceList = mara.nextList();
    await memory.port.addDevice({ ticket, signedDeviceList });
    expect((await mara.signIn(memory.port)).signedDeviceList).toEqual(signedDeviceList);
    const other = { ticket, signedDeviceList: mara.nextList() };
    expect(await codeOf(memory.port.addDevice(other))).toBe('SIGN_IN_FAILED');
    // Whoever did not hear the answer asks again.
    expect(await codeOf(memory.port.addDevice({ ticket, signedDeviceList }))).toBe('ok');
    expect(await codeOf(memory.port.addDevice(other))).toBe('SIGN_IN_FAILED');
    expect((await mara.signIn(memory.port)).signedDeviceList).toEqual(signedDeviceList);
  });

  test('may try again when another device was faster', async () => {
    const [one, other] = [await mara.signIn(memory.port), await mara.signIn(memory.port)];
    await memory.port.addDevice({ ticket: one.ticket, signedDeviceList: mara.nextList() });
    const late = mara.list(2, [...mara.devices, mara.newDevice()]);
    expect(await codeOf(memory.port.addDevice({ ticket: other.ticket, signedDeviceList: late }))).toBe(
      'DEVICE_LIST_OLD',
    );
    const next = mara.nextList();
    expect(await codeOf(memory.port.addDevice({ ticket: other.ticket, signedDeviceList: next }))).toBe('ok');
  });

  test('has ten minutes for it', async () => {
    const { ticket } = await mara.signIn(memory.port);
    await memory.scheduler.advance(10 * 60_000);
    expect(await codeOf(memory.port.addDevice({ ticket, signedDeviceList: mara.nextList() }))).toBe(
      'SIGN_IN_FAILED',
    );
  });

  test('threat 3: needs the ticket, the account’s signature, and no revoked device', async () => {
    const signedDeviceList = mara.nextList();
    expect(await codeOf(memory.port.addDevice({ ticket: random(32), signedDeviceList }))).toBe(
      'SIGN_IN_FAILED',
    );
    const { ticket } = await mara.signIn(memory.port);
    const ghost = mara.list(2, [...mara.devices, new TestDevice()]);
    const forged = mara.list(2, mara.devices, keyPair());
    for (const list of [ghost, forged]) {
      expect(await codeOf(memory.port.addDevice({ ticket, signedDeviceList: list }))).toBe('FORBIDDEN');
    }
    const stolen = mara.newDevice();
    mara.revokedIds.push(stolen.deviceId);
    expect(await codeOf(memory.port.addDevice({ ticket, signedDeviceList: mara.nextList() }))).toBe('ok');
    mara.revokedIds.pop();
    const again = await mara.signIn(memory.port);
    const back = mara.nextList([...mara.devices, stolen]);
    expect(await codeOf(memory.port.addDevice({ ticket: again.ticket, signedDeviceList: back }))).toBe(
      'DEVICE_REVOKED',
    );
  });
});
