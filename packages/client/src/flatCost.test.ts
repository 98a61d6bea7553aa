import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '@sotto/vault/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiveOneByOne, roomWith } from './testing/longHistory.fixture.ts';
import { World } from './testing/world.fixture.ts';

const ROUND = 8;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-flat-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

interface Cost {
  readonly writes: number;
  readonly bytes: number;
}

const texts = (name: string) => Array.from({ length: ROUND }, (_, i) => `${name} ${i}`);

async function costOf(name: string, setting: { members: number; messages: number }): Promise<Cost> {
  const world = new World();
  const file = join(folder, name);
  const { host, gil, store } = await roomWith(world, () => openSqliteStore(file), setting);
  expect(host.log.length).toBeGreaterThanOrEqual(Math.min(60, setting.messages));
  // What is due after a start is done before it counts.
  await receiveOneByOne(world, { from: gil, to: host }, texts('warm'));
  const before = { writes: store.writes, bytes: store.bytes };
  await receiveOneByOne(world, { from: gil, to: host }, texts('cost'));
  const cost = { writes: store.writes - before.writes, bytes: store.bytes - before.bytes };
  await world.close();
  expect(world.failures).toEqual([]);
  return cost;
}

function expectAlike(one: number, other: number): void {
  expect(Math.abs(one - other) / one).toBeLessThan(0.05);
}

describe('storing a message that came', () => {
  it('costs the same with 10 and with 50,000 messages before it', async () => {
    const few = await costOf('few', { members: 2, messages: 10 });
    const many = await costOf('many', { members: 2, messages: 50_000 });
    expect(few.writes).toBeGreaterThan(ROUND);
    expectAlike(few.writes, many.writes);
    expectAlike(few.bytes, many.bytes);
  }, 180_000);

  it('costs the same in a room of 2 and in one of 60', async () => {
    const two = await costOf('two', { members: 2, messages: 10 });
    const sixty = await costOf('sixty', { members: 60, messages: 10 });
    expectAlike(two.writes, sixty.writes);
    expectAlike(two.bytes, sixty.bytes);
  }, 180_000);
});
