import { Handle } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { pbkdf2By } from '../link/safetyWords.ts';
import { expectCode, flipBit, testEnv } from '../testEnv.fixture.ts';
import {
  answerOffer,
  type DeviceOffer,
  deviceCodeToken,
  deviceOfferWords,
  offerDevice,
  openAnswer,
  readDeviceCode,
  takeOffer,
} from './addDevice.ts';
import { isListed } from './deviceList.ts';
import { deviceNames } from './deviceName.ts';
import { personWith } from './people.fixture.ts';

const env = testEnv('add device');
const { devices, list } = personWith(env);
const [old] = devices;
const own = { identity: old, handle: Handle.parse('ada'), list, deviceName: 'Phone' };
const stretch = pbkdf2By(crypto.subtle);

const answered = (offered: DeviceOffer, answerer = own) =>
  answerOffer(env, takeOffer(env, readDeviceCode(offered.code), offered.offer), answerer);

describe('adding a device by its code', () => {
  it('makes it one of the account’s, listed with its name', () => {
    const offered = offerDevice(env);
    expect(deviceCodeToken(env, readDeviceCode(offered.code))).toEqual(offered.token);
    const { answer, list: newList } = answered(offered);
    const added = openAnswer(env, offered, answer);
    expect(added).toMatchObject({ handle: 'ada', list: { counter: 2 } });
    expect(added.list).toEqual(newList);
    expect(added.identity).toMatchObject({ accountId: old.accountId, kind: 'member' });
    expect(isListed(newList, added.identity.deviceId)).toBe(true);
    expect(deviceNames(env, added.identity, newList).get(added.identity.deviceId)).toBe('Phone');
  });

  it('shows the same words on both', async () => {
    const offered = offerDevice(env);
    const { secret } = offered.privateState;
    const taken = takeOffer(env, readDeviceCode(offered.code), offered.offer);
    const onNew = await deviceOfferWords(env, { secret, offer: offered.offer }, stretch);
    const onOld = await deviceOfferWords(env, { secret: taken.code.secret, offer: taken.offer }, stretch);
    expect(onNew).toHaveLength(4);
    expect(onOld).toEqual(onNew);
  });

  it('threat 1: a relay that puts a key of its own in the way is refused, and the words would differ', async () => {
    const [offered, relays] = [offerDevice(env), offerDevice(env)];
    const code = readDeviceCode(offered.code);
    expectCode(() => takeOffer(env, code, relays.offer), 'SWAPPED_KEY');
    for (const bit of [0, 9, 300, 5_000]) {
      expectCode(() => takeOffer(env, code, flipBit(offered.offer, bit)), 'SWAPPED_KEY');
    }
    const wordsFor = ({ offer }: DeviceOffer) =>
      deviceOfferWords(env, { secret: code.secret, offer }, stretch);
    expect(await wordsFor(relays)).not.toEqual(await wordsFor(offered));
  });

  it('threat 1: who saw the offer but not the code cannot hand the new device an account of their own', () => {
    const offered = offerDevice(env);
    const { devices: others, list: othersList } = personWith(env);
    const mallory = { ...own, identity: others[0], list: othersList };
    const { kemPublicKey, deviceKey } = takeOffer(env, readDeviceCode(offered.code), offered.offer);
    const guessed = { secret: env.random(16), offerHash: env.random(16) };
    const { answer } = answerOffer(
      env,
      { code: guessed, offer: offered.offer, kemPublicKey, deviceKey },
      mallory,
    );
    expectCode(() => openAnswer(env, offered, answer), 'CANNOT_OPEN');
  });

  it('who saw the code but is not in between cannot open the answer', () => {
    const [offered, watcher] = [offerDevice(env), offerDevice(env)];
    const { answer } = answered(offered);
    const { kemPrivateKey } = watcher.privateState;
    const seen = { ...offered, privateState: { ...offered.privateState, kemPrivateKey } };
    expectCode(() => openAnswer(env, seen, answer), 'CANNOT_OPEN');
  });

  it('threat 8: an answer replayed to another offer, damaged, or too late is refused', () => {
    const clock = testEnv('clock');
    const [first, second] = [offerDevice(clock), offerDevice(clock)];
    const { answer } = answered(first);
    expectCode(() => openAnswer(clock, second, answer), 'CANNOT_OPEN');
    for (const bit of [5, 100, 9_500, answer.length * 8 - 1]) {
      expect(() => openAnswer(clock, first, flipBit(answer, bit))).toThrow();
    }
    expect(openAnswer(clock, first, answer).identity.accountId).toBe(old.accountId);
    clock.advanceMs(10 * 60_000);
    expectCode(() => openAnswer(clock, first, answer), 'EXPIRED');
  });

  it('a code that was mistyped is no code', () => {
    const { code } = offerDevice(env);
    for (const text of ['', code.slice(0, -1), `${code}0`, code.replace('.1.', '.2.'), 'https://a.example']) {
      expectCode(() => readDeviceCode(text), 'BAD_CODE', { reason: 'no-code' });
    }
    expect(readDeviceCode(`  ${code}\n`)).toEqual(readDeviceCode(code));
  });
});
