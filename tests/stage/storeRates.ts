import type { StoreWrite } from '@sotto/vault';

/** A second's worth of messages: written one by one, each durable by itself, and a hundred at a time. */
export interface Rates {
  readonly single: number;
  readonly hundred: number;
}

export interface StoreRates {
  readonly store: Rates;
  /** The baseline: the same bytes behind one another in a file. */
  readonly log: Rates;
}

/** Both resolve, or return, when what they were given is on the disk. */
interface Places {
  store(writes: readonly StoreWrite[]): Promise<void>;
  log(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

interface Measuring {
  readonly random: (lengthBytes: number) => Uint8Array;
  /** How long each of the four figures is taken. */
  readonly windowMs: number;
}

/** Writes messages to both places for a while: a 600-byte record, the ratchet and the cursor that go with it. */
export async function storeRates(
  { store, log }: Places,
  { random, windowMs }: Measuring,
): Promise<StoreRates> {
  let order = 0;
  const messages = (count: number): StoreWrite[] => [
    ...Array.from({ length: count }, () => ({ key: `log/room/${order++}`, value: random(600) })),
    { key: 'ratchet', value: random(300) },
    { key: 'cursor', value: random(16) },
  ];
  const perSecond = async (count: number, write: (writes: readonly StoreWrite[]) => Promise<void>) => {
    for (let warm = 0; warm < 20; warm += 1) await write(messages(count));
    const startedMs = performance.now();
    let written = 0;
    let tookMs = 0;
    while (tookMs < windowMs) {
      await write(messages(count));
      written += count;
      tookMs = performance.now() - startedMs;
    }
    return written / (tookMs / 1000);
  };
  const rates = async (write: (writes: readonly StoreWrite[]) => Promise<void>): Promise<Rates> => ({
    single: await perSecond(1, write),
    hundred: await perSecond(100, write),
  });
  return { log: await rates(writes => log(joined(writes))), store: await rates(store) };
}

function joined(writes: readonly StoreWrite[]): Uint8Array<ArrayBuffer> {
  const values = writes.map(({ value }) => value ?? new Uint8Array(0));
  const bytes = new Uint8Array(values.reduce((sum, value) => sum + value.length, 0));
  let at = 0;
  for (const value of values) {
    bytes.set(value, at);
    at += value.length;
  }
  return bytes;
}
