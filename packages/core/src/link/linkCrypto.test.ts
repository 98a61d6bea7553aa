import type { JoinAnswer, RoomCard } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdentity } from '../identity/identity.ts';
import { inboxStreamOf } from '../identity/ids.ts';
import { expectCode, flipBit, START_MS, testEnv } from '../testEnv.fixture.ts';
import { createLink } from './createLink.ts';
import { openDoorCard } from './doorCard.ts';
import { openJoinAnswer, sealJoinAnswer } from './joinAnswer.ts';
import { deriveCardKey, deriveLinkKeys, passwordSalt } from './linkKeys.ts';
import { passwordKey } from './passwordKey.ts';
import { openRoomCard, sealRoomCard } from './roomCard.ts';
import { pbkdf2By, safetyWords } from './safetyWords.ts';

const env = testEnv();
const host = createIdentity(env, { kind: 'member' });
const streamId = inboxStreamOf(env, host.deviceId);
const newLink = (password = false) =>
  createLink(env, { inviterAccountKey: host.accountKey, streamId, password });
const { subtle } = globalThis.crypto;

const card: RoomCard = {
  title: 'Tea on Sunday',
  inviterName: 'Ada',
  expiresAtMs: START_MS + 86_400_000,
  maxUses: 10,
  approval: true,
  password: false,
};

describe('link keys', () => {
  it('are all different, for every purpose, token and secret', () => {
    const link = newLink();
    const all = [link, newLink(), { ...link, token: newLink().token }, { ...link, secret: newLink().secret }]
      .map(each => deriveLinkKeys(env, each, undefined))
      .flatMap(keys => [keys.cardKey, keys.requestKey, keys.answerKey, keys.joinMacKey, keys.psk])
      .map(key => key.join());
    expect(new Set(all).size).toBe(all.length);
  });

  it('threat 36: the password changes what proves and what admits, and nothing that the relay could test', () => {
    const link = newLink(true);
    const right = deriveLinkKeys(env, link, new Uint8Array(32).fill(1));
    const wrong = deriveLinkKeys(env, link, new Uint8Array(32).fill(2));
    expect(wrong.joinMacKey).not.toEqual(right.joinMacKey);
    expect(wrong.psk).not.toEqual(right.psk);
    expect([wrong.cardKey, wrong.requestKey, wrong.answerKey, wrong.pskId]).toEqual([
      right.cardKey,
      right.requestKey,
      right.answerKey,
      right.pskId,
    ]);
  });

  it('are not there without the password that the link asks for', () => {
    expectCode(() => deriveLinkKeys(env, newLink(true), undefined), 'PASSWORD_NEEDED');
  });

  it('come from a password whichever way its letters were composed', async () => {
    const salt = passwordSalt(env, newLink(true));
    const composed = await passwordKey('caf\u00e9', salt);
    expect(composed).toHaveLength(32);
    expect(await passwordKey('cafe\u0301', salt)).toEqual(composed);
    expect(await passwordKey('cafe', salt)).not.toEqual(composed);
  });

  it('are pinned: another build derives the same', () => {
    const pinned = { ...newLink(), token: 'A'.repeat(24) as never, secret: new Uint8Array(16).fill(7) };
    const hex = (bytes: Uint8Array) => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
    const keys = deriveLinkKeys(env, pinned, undefined);
    expect({ card: hex(keys.cardKey), psk: hex(keys.psk), pskId: hex(keys.pskId) }).toMatchInlineSnapshot(`
      {
        "card": "ea331db7b065efbf6d17a7baf234c6897833f1bfaa3b0afc8f930eb4a9656547",
        "psk": "da7c2d6c1154587a51cad1014d8c60a2cfd3213e7920c3387856ca2165d4703d",
        "pskId": "499a3aff8946cb07a54a81be18aa5636",
      }
    `);
  });
});

describe('room card', () => {
  const link = newLink();
  const keys = { cardKey: deriveCardKey(env, link) };
  const sealed = sealRoomCard(env, link, keys, card);

  it('opens in the engine and, by WebCrypto, at the door', async () => {
    expect(openRoomCard(env, link, keys, sealed)).toEqual(card);
    expect(await openDoorCard(subtle, link, sealed)).toEqual(card);
  });

  it('threat 27: has one size, whatever the title', () => {
    const long = { ...card, title: 't'.repeat(256), inviterName: 'n'.repeat(128) };
    expect(sealRoomCard(env, link, keys, long)).toHaveLength(sealed.length);
    expect(sealRoomCard(env, link, keys, { ...card, title: '' })).toHaveLength(sealed.length);
  });

  it('threat 11: opens for no other link, and with no bit turned', async () => {
    const other = newLink();
    expectCode(() => openRoomCard(env, other, { cardKey: deriveCardKey(env, other) }, sealed), 'CANNOT_OPEN');
    await expect(openDoorCard(subtle, other, sealed)).rejects.toMatchObject({ code: 'CANNOT_OPEN' });
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length * 8 - 1), async bit => {
        expectCode(() => openRoomCard(env, link, keys, flipBit(sealed, bit)), 'CANNOT_OPEN');
        await expect(openDoorCard(subtle, link, flipBit(sealed, bit))).rejects.toMatchObject({
          code: 'CANNOT_OPEN',
        });
      }),
      { numRuns: 50 },
    );
  });

  it('refuses any bytes at all, as the engine does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async bytes => {
        expectCode(() => openRoomCard(env, link, keys, bytes), 'CANNOT_OPEN');
        await expect(openDoorCard(subtle, link, bytes)).rejects.toMatchObject({ code: 'CANNOT_OPEN' });
      }),
      { numRuns: 50 },
    );
  });
});

describe('join answer', () => {
  const link = newLink();
  const keys = deriveLinkKeys(env, link, undefined);
  const answer: JoinAnswer = { refusal: 'wrong-password', triesLeft: 2 };
  const sealedRequest = env.random(900);
  const sealedAnswer = sealJoinAnswer(env, { link, keys, sealedRequest, answer });

  it('opens for the request it answers', () => {
    expect(openJoinAnswer(env, { link, keys, sealedRequest, sealedAnswer })).toEqual(answer);
  });

  it('threat 6: opens for no other request and no other link, and is not a card or a request', () => {
    const other = newLink();
    expectCode(
      () => openJoinAnswer(env, { link, keys, sealedRequest: env.random(900), sealedAnswer }),
      'CANNOT_OPEN',
    );
    expectCode(
      () =>
        openJoinAnswer(env, {
          link: other,
          keys: deriveLinkKeys(env, other, undefined),
          sealedRequest,
          sealedAnswer,
        }),
      'CANNOT_OPEN',
    );
    expectCode(() => openRoomCard(env, link, { cardKey: keys.answerKey }, sealedAnswer), 'CANNOT_OPEN');
  });

  it('threat 27: every answer has one size', () => {
    const declined = sealJoinAnswer(env, {
      link,
      keys,
      sealedRequest,
      answer: { refusal: 'declined', triesLeft: 0 },
    });
    expect(declined).toHaveLength(sealedAnswer.length);
  });
});

describe('safety words', () => {
  const stretch = pbkdf2By(subtle);
  const link = newLink();
  const request = env.random(1_000);

  it('are four, and the same on both sides', async () => {
    const words = await safetyWords(env, link, request, stretch);
    expect(words).toHaveLength(4);
    for (const word of words) expect(word).toMatch(/^[a-z]{3,8}$/);
    expect(await safetyWords(env, { ...link }, request.slice(), stretch)).toEqual(words);
  });

  it('threat 1: differ when someone in the middle swaps the request, the link or the inviter', async () => {
    const words = await safetyWords(env, link, request, stretch);
    const swapped = [
      safetyWords(env, link, flipBit(request, 4_000), stretch),
      safetyWords(env, { ...link, token: newLink().token }, request, stretch),
      safetyWords(env, { ...link, fingerprint: env.random(16) }, request, stretch),
    ];
    for (const other of await Promise.all(swapped)) expect(other).not.toEqual(words);
  });

  it('take the first 44 bits, most significant first', async () => {
    // 0x000 0x001 0x7ff 0x002 in 11 bits each: abandon ability zoo able
    const bits = '00000000000000000000011111111111100000000010' + '0000';
    const bytes = Uint8Array.from(bits.match(/.{8}/g)!.map(byte => Number.parseInt(byte, 2)));
    const words = await safetyWords(env, link, request, () => Promise.resolve(bytes));
    expect(words).toEqual(['abandon', 'ability', 'zoo', 'able']);
  });

  it('cost whoever tries to hit them 100,000 rounds a try', async () => {
    const asked: number[] = [];
    await safetyWords(env, link, request, (_, __, iterations, lengthBytes) => {
      asked.push(iterations);
      return Promise.resolve(new Uint8Array(lengthBytes));
    });
    expect(asked).toEqual([100_000]);
  });
});
