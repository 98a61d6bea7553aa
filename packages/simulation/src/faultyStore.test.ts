import { MemoryStore, memoryDisk, type VaultError } from '@sotto/vault';
import { describe, expect, it } from 'vitest';
import { type CommitFault, FaultyStore } from './faultyStore.ts';
import { settled } from './settled.ts';
import { SimulatedClock } from './simulatedClock.ts';
import { SimulatedProcess } from './simulatedProcess.ts';

const WRITES = [{ key: 'a/1', value: Uint8Array.of(1) }];

function stage(faults: readonly CommitFault[]) {
  const time = new SimulatedClock();
  const process = new SimulatedProcess(time, () => 0);
  const disk = memoryDisk();
  const planned = [...faults];
  const store = new FaultyStore(new MemoryStore(disk), process.clock, process, {
    nextCommit: () => planned.shift() ?? 'none',
    commitMs: () => [10, 5],
    crashed: () => process.kill(),
  });
  const seen: string[] = [];
  const commit = () =>
    store.commit(WRITES).then(
      () => seen.push('done'),
      (error: VaultError) => seen.push(error.code),
    );
  return { time, process, disk, store, seen, commit };
}

describe('a store on a disk that fails', () => {
  it('is durable before it says so', async () => {
    const { time, disk, seen, commit } = stage([]);
    void commit();
    await time.advance(9);
    expect(disk.records.size).toBe(0);
    await time.advance(1);
    expect(disk.records.size).toBe(1);
    expect(seen).toEqual([]);
    await time.advance(5);
    expect(seen).toEqual(['done']);
  });

  it('loses what was not durable when the process dies, and tells nobody', async () => {
    const { time, process, disk, seen, commit } = stage(['crash-before']);
    void commit();
    await time.advance(100);
    expect(process.alive).toBe(false);
    expect([disk.records.size, seen.length]).toEqual([0, 0]);
  });

  it('keeps what was durable when the process dies before it heard of it', async () => {
    const { time, disk, seen, commit } = stage(['crash-after']);
    void commit();
    await time.advance(100);
    expect([disk.records.size, seen.length]).toEqual([1, 0]);
  });

  it('does nothing for a process that was killed from outside', async () => {
    const { time, process, disk, store, seen, commit } = stage([]);
    void commit();
    await time.advance(5);
    process.kill();
    await time.advance(100);
    expect([disk.records.size, seen.length]).toEqual([0, 0]);
    void store.read('a/1').then(() => seen.push('read'));
    await settled();
    expect(seen).toEqual([]);
  });

  it('is full at times, and then unchanged', async () => {
    const { time, disk, seen, commit } = stage(['quota-exceeded']);
    void commit();
    await time.advance(100);
    expect([disk.records.size, seen]).toEqual([0, ['QUOTA_EXCEEDED']]);
  });
});
