import { Handle, LIMITS } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { pbkdf2By, type Stretch } from '../link/safetyWords.ts';
import { expectCode, flipBit, testEnv } from '../testEnv.fixture.ts';
import {
  type AddedDevice,
  answerOffer,
  certifyOffered,
  type DeviceOffer,
  deviceOfferWords,
  offerDevice,
  openAnswer,
  refuseOffer,
  type TakenOffer,
  takeOffer,
} from './addDevice.ts';
import { deviceCodeKeys, readDeviceCode } from './deviceCode.ts';
import { isListed, listDevice, type VerifiedDeviceList } from './deviceList.ts';
import { deviceNames } from './deviceName.ts';
import { personWith } from './people.fixture.ts';

const env = testEnv('add device');
const { devices, list } = personWith(env);
const [old] = devices;
const own = { identity: old, handle: Handle.parse('ada'), name: 'Ada', list };
/** So that tests do not spend seconds on it. */
const stretch: Stretch = (password, salt, _iterations, lengthBytes) =>
  pbkdf2By(crypto.subtle)(password, salt, 10, lengthBytes);

const offered = (of = env) => offerDevice(of, { name: 'Chromium on Linux' }, stretch);

async function take(text: string, offer: Uint8Array, of = env): Promise<TakenOffer> {
  const code = readDeviceCode(of, text);
  return takeOffer(of, { code, keys: await deviceCodeKeys(of, code, stretch) }, offer);
}

function answer(
  taken: TakenOffer,
  { by = own, of = env } = {},
): { answer: Uint8Array; list: VerifiedDeviceList } {
  const certificate = certifyOffered(of, by.identity, taken);
  const next = listDevice(of, by.identity, by.list, { certificate, name: 'Phone' });
  return { answer: answerOffer(of, taken, { ...by, certificate, list: next }), list: next };
}

const opened = (of: DeviceOffer, given: Uint8Array, by = env) => openAnswer(by, of, given) as AddedDevice;

describe('adding a device by its code', () => {
  it('makes it one of the account’s, listed with its name, by what is scanned and by what is typed', async () => {
    const offer = await offered();
    expect(offer.offer).toHaveLength(1_564);
    for (const code of [offer.scanned, offer.typed]) {
      const taken = await take(code, offer.offer);
      expect(taken.name).toBe('Chromium on Linux');
      const { answer: given, list: newList } = answer(taken);
      expect(given.length).toBeLessThan(LIMITS.deviceAnswerBytes / 4);
      const added = opened(offer, given);
      expect(added).toMatchObject({ handle: 'ada', name: 'Ada', list: { counter: 2 } });
      expect(added.list).toEqual(newList);
      expect(added.identity).toMatchObject({ accountId: old.accountId, kind: 'member' });
      expect(added.identity.deviceId).toBe(taken.deviceId);
      expect(isListed(newList, taken.deviceId)).toBe(true);
      expect(deviceNames(env, added.identity, newList).get(taken.deviceId)).toBe('Phone');
    }
  });

  it('shows the same words on both', async () => {
    const offer = await offered();
    const taken = await take(offer.typed, offer.offer);
    const { key } = offer.privateState;
    const onNew = await deviceOfferWords(env, { key, offer: offer.offer }, stretch);
    expect(onNew).toHaveLength(4);
    expect(await deviceOfferWords(env, taken, stretch)).toEqual(onNew);
  });

  it('can be refused, by whoever has the code only', async () => {
    const [offer, other] = await Promise.all([offered(), offered()]);
    const refusal = refuseOffer(env, await take(offer.typed, offer.offer));
    expect(openAnswer(env, offer, refusal)).toBe('refused');
    expectCode(() => openAnswer(env, other, refusal), 'CANNOT_OPEN');
  });

  it('threat 1: a relay that puts a key of its own in the way is refused, and the words would differ', async () => {
    const [offer, relays] = await Promise.all([offered(), offered()]);
    for (const code of [offer.scanned, offer.typed]) {
      const swapped = { code: 'SWAPPED_KEY' };
      await expect(take(code, relays.offer)).rejects.toMatchObject(swapped);
      for (const bit of [0, 9, 300, 5_000]) {
        await expect(take(code, flipBit(offer.offer, bit))).rejects.toMatchObject(swapped);
      }
      await expect(take(code, offer.offer.slice(0, 20))).rejects.toMatchObject(swapped);
    }
    const { key } = offer.privateState;
    const wordsFor = (bytes: Uint8Array) => deviceOfferWords(env, { key, offer: bytes }, stretch);
    expect(await wordsFor(relays.offer)).not.toEqual(await wordsFor(offer.offer));
  });

  it('threat 1: what is scanned holds even where the relay has guessed the code', async () => {
    const offer = await offered();
    const { key, kemPrivateKey } = offer.privateState;
    expect(kemPrivateKey).not.toHaveLength(0);
    const code = readDeviceCode(env, offer.scanned);
    const relays = await offerDevice(env, { name: 'Eve' }, async () => new Uint8Array(32));
    const underItsKey = { code: { ...code }, keys: { token: offer.token, key: relays.privateState.key } };
    expectCode(() => takeOffer(env, underItsKey, relays.offer), 'SWAPPED_KEY');
    expect(takeOffer(env, { code, keys: { token: offer.token, key } }, offer.offer).name).toBeTruthy();
    const { offerHash: _, ...typed } = code;
    expect(takeOffer(env, { ...underItsKey, code: typed }, relays.offer).name).toBe('Eve');
  });

  it('threat 1: who saw the offer but not the code cannot hand the new device an account of their own', async () => {
    const [offer, guessed] = await Promise.all([offered(), offered()]);
    const { devices: others, list: othersList } = personWith(env);
    const mallory = { ...own, identity: others[0], list: othersList };
    const taken = await take(offer.typed, offer.offer);
    const { answer: given } = answer({ ...taken, key: guessed.privateState.key }, { by: mallory });
    expectCode(() => openAnswer(env, offer, given), 'CANNOT_OPEN');
  });

  it('who saw the code but is not in between cannot open the answer', async () => {
    const [offer, watcher] = await Promise.all([offered(), offered()]);
    const { answer: given } = answer(await take(offer.typed, offer.offer));
    const { kemPrivateKey } = watcher.privateState;
    const seen = { ...offer, privateState: { ...offer.privateState, kemPrivateKey } };
    expectCode(() => openAnswer(env, seen, given), 'CANNOT_OPEN');
  });

  it('an account whose list leaves the new device out is not taken', async () => {
    const offer = await offered();
    const taken = await take(offer.typed, offer.offer);
    const certificate = certifyOffered(env, old, taken);
    const given = answerOffer(env, taken, { ...own, certificate, list });
    expectCode(() => openAnswer(env, offer, given), 'BAD_DEVICE_LIST', { reason: 'unknown-device' });
  });

  it('threat 8: an answer replayed to another offer, damaged, or too late is refused', async () => {
    const clock = testEnv('clock');
    const [first, second] = await Promise.all([offered(clock), offered(clock)]);
    const { answer: given } = answer(await take(first.typed, first.offer, clock), { of: clock });
    expectCode(() => openAnswer(clock, second, given), 'CANNOT_OPEN');
    for (const bit of [5, 100, 9_500, given.length * 8 - 1]) {
      expectCode(() => openAnswer(clock, first, flipBit(given, bit)), 'CANNOT_OPEN');
    }
    expect(opened(first, given, clock).identity.accountId).toBe(old.accountId);
    clock.advanceMs(10 * 60_000);
    expectCode(() => openAnswer(clock, first, given), 'EXPIRED');
  });

  it('says nothing in clear: neither name nor handle is in what the relay has', async () => {
    const offer = await offered();
    const { answer: given } = answer(await take(offer.typed, offer.offer));
    const seen = Buffer.concat([offer.offer, given]).toString('latin1');
    expect(seen).not.toContain('Chromium');
    expect(seen).not.toContain('ada');
  });
});
