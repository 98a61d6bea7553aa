import { VaultError } from '../errors.ts';

/** What a guess of a passphrase costs. */
export interface Argon2Cost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

/** argon2id (RFC 9106, version 0x13): 32 bytes from a passphrase and a salt. */
export type Argon2id = (passphrase: Uint8Array, salt: Uint8Array, cost: Argon2Cost) => Promise<Uint8Array>;

/** 64 MiB and three passes: about 300 ms. No passphrase is ever wrapped for less. */
export const ARGON2_FLOOR: Argon2Cost = { memoryKiB: 65_536, passes: 3, lanes: 1 };

/**
 * More than this is not tried, whatever a slot says: it would take the memory of a phone, or minutes.
 * `calibrateArgon2` stays below.
 */
const ARGON2_CEILING: Argon2Cost = { memoryKiB: 262_144, passes: 24, lanes: 4 };

/** Whether a cost is one that this build may have written. Ask before any memory is taken. */
export function isBearableCost({ memoryKiB, passes, lanes }: Argon2Cost): boolean {
  return (
    isWithin(memoryKiB, ARGON2_FLOOR.memoryKiB, ARGON2_CEILING.memoryKiB) &&
    isWithin(passes, ARGON2_FLOOR.passes, ARGON2_CEILING.passes) &&
    isWithin(lanes, ARGON2_FLOOR.lanes, ARGON2_CEILING.lanes)
  );
}

/** Whether `cost` asks for less memory or fewer passes than `wanted`. */
export function isWeaker(cost: Argon2Cost, wanted: Argon2Cost): boolean {
  return cost.memoryKiB < wanted.memoryKiB || cost.passes < wanted.passes;
}

/** The dearer of two costs, in memory and in passes each; lanes as `wanted` has them. */
export function dearerOf(cost: Argon2Cost, wanted: Argon2Cost): Argon2Cost {
  return {
    memoryKiB: Math.max(cost.memoryKiB, wanted.memoryKiB),
    passes: Math.max(cost.passes, wanted.passes),
    lanes: wanted.lanes,
  };
}

export interface Calibration {
  /** A monotonic clock. */
  readonly nowMs: () => number;
  /** What an unlock may take on this device. */
  readonly targetMs?: number;
}

const CALIBRATION_TARGET_MS = 500;

/**
 * The cost that takes about `targetMs` (500) on this device: the floor, with more passes where the device is fast.
 *
 * Takes one run at the floor, and another before it to warm up. Never below the floor, however slow the device is.
 */
export async function calibrateArgon2(
  argon2id: Argon2id,
  { nowMs, targetMs = CALIBRATION_TARGET_MS }: Calibration,
): Promise<Argon2Cost> {
  const run = async () => {
    const startMs = nowMs();
    await argon2id(new Uint8Array(16), new Uint8Array(16), ARGON2_FLOOR);
    return nowMs() - startMs;
  };
  // The first run compiles the code and asks the system for the memory.
  await run();
  const msPerPass = (await run()) / ARGON2_FLOOR.passes;
  const passes = msPerPass > 0 ? Math.floor(targetMs / msPerPass) : ARGON2_FLOOR.passes;
  return {
    ...ARGON2_FLOOR,
    passes: Math.min(Math.max(passes, ARGON2_FLOOR.passes), ARGON2_CEILING.passes),
  };
}

/** Throws `NO_MEMORY` where the library could not do its work. */
export async function stretched(
  argon2id: Argon2id,
  passphrase: Uint8Array,
  salt: Uint8Array,
  cost: Argon2Cost,
): Promise<Uint8Array> {
  try {
    return await argon2id(passphrase, salt, cost);
  } catch (cause) {
    throw new VaultError('NO_MEMORY', 'argon2id could not run', { cause });
  }
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}
