import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import { memoryRelay, ORIGIN } from '../testing/memoryRelay.fixture.ts';

const MINUTE_MS = 60_000;
const random = (length: number) => new Uint8Array(randomBytes(length));
const askerAt = (remoteAddress: string) => ({ remoteAddress, origins: [ORIGIN] });
const asker = askerAt('127.0.0.1');
const [token, offer, answer] = [random(16), random(1_564), random(3_000)];

let memory: ReturnType<typeof memoryRelay>;

beforeEach(() => {
  memory = memoryRelay();
});

const mail = () => memory.relay.deviceMail;

function outcome(act: () => unknown): unknown {
  try {
    return act() ?? 'ok';
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

test('an offer and its answer wait for who knows the token, and for nobody else', () => {
  mail().leaveOffer({ token, sealed: offer }, asker);
  expect(mail().readOffer({ token }, asker)).toEqual({ sealed: offer });
  expect(mail().readAnswer({ token }, asker)).toEqual({ sealed: new Uint8Array(0) });
  mail().leaveAnswer({ token, sealed: answer }, asker);
  // Whoever did not hear it asks again.
  for (let times = 0; times < 2; times++)
    expect(mail().readAnswer({ token }, asker)).toEqual({ sealed: answer });
  const other = random(16);
  expect(outcome(() => mail().readOffer({ token: other }, asker))).toBe('NOT_FOUND');
  expect(outcome(() => mail().readAnswer({ token: other }, asker))).toBe('NOT_FOUND');
  expect(outcome(() => mail().leaveAnswer({ token: other, sealed: answer }, asker))).toBe('NOT_FOUND');
});

test('each is written once: the same again changes nothing, something else is refused', () => {
  for (let times = 0; times < 2; times++)
    expect(outcome(() => mail().leaveOffer({ token, sealed: offer }, asker))).toBe('ok');
  expect(outcome(() => mail().leaveOffer({ token, sealed: random(9) }, asker))).toBe('CONFLICT');
  for (let times = 0; times < 2; times++)
    expect(outcome(() => mail().leaveAnswer({ token, sealed: answer }, asker))).toBe('ok');
  expect(outcome(() => mail().leaveAnswer({ token, sealed: random(9) }, asker))).toBe('CONFLICT');
  expect(mail().readAnswer({ token }, asker)).toEqual({ sealed: answer });
});

test('a code is good for one device: what was answered is not offered again', () => {
  mail().leaveOffer({ token, sealed: offer }, asker);
  mail().leaveAnswer({ token, sealed: answer }, asker);
  expect(outcome(() => mail().readOffer({ token }, asker))).toBe('NOT_FOUND');
});

test('after ten minutes nothing is left of it, whether or not somebody asks', async () => {
  memory.relay.start();
  mail().leaveOffer({ token, sealed: offer }, asker);
  memory.scheduler.nowMs += 10 * MINUTE_MS - 1;
  expect(outcome(() => mail().readOffer({ token }, asker))).toEqual({ sealed: offer });
  memory.scheduler.nowMs += 1;
  expect(outcome(() => mail().readOffer({ token }, asker))).toBe('NOT_FOUND');
  mail().leaveOffer({ token, sealed: offer }, asker);
  await memory.scheduler.advance(10 * MINUTE_MS + 15_000);
  expect(mail().size).toBe(0);
});

test('who is there is not pushed out by who comes: beyond a thousand, new ones are told to come later', () => {
  mail().leaveOffer({ token, sealed: offer }, asker);
  for (let count = 1; count < 1_000; count++) mail().leaveOffer({ token: random(16), sealed: offer }, asker);
  expect(outcome(() => mail().leaveOffer({ token: random(16), sealed: offer }, asker))).toBe('UNAVAILABLE');
  expect(mail().readOffer({ token }, asker)).toEqual({ sealed: offer });
  memory.scheduler.nowMs += 10 * MINUTE_MS;
  expect(outcome(() => mail().leaveOffer({ token: random(16), sealed: offer }, asker))).toBe('ok');
});

test('threat 28: guesses from one address are limited, and those of others are not', () => {
  const [near, far] = [askerAt('198.51.100.1'), askerAt('198.51.100.2')];
  const guess = (from = near) => outcome(() => mail().readOffer({ token: random(16) }, from));
  const guesses = Array.from({ length: 21 }, () => guess());
  expect(guesses.slice(0, 20)).toEqual(Array(20).fill('NOT_FOUND'));
  expect(guesses[20]).toBe('RATE_LIMITED');
  expect(outcome(() => mail().leaveOffer({ token, sealed: offer }, near))).toBe('RATE_LIMITED');
  expect(guess(far)).toBe('NOT_FOUND');
  const looks = Array.from({ length: 61 }, () => outcome(() => mail().readAnswer({ token }, near)));
  expect([looks[59], looks[60]]).toEqual(['NOT_FOUND', 'RATE_LIMITED']);
});
