import { makeKeyPackages, type SuppliedKeyPackage } from '@sotto/core';
import { base62Encode } from '@sotto/protocol';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { scanAll } from '../records/scanAll.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { KeyPackageRecord } from './accountRecords.ts';

const TARGET = 50;
const REFILL_BELOW = 20;
/** Made and sent so many at a time: a phone makes one in some ten milliseconds. */
const AT_ONCE = 10;
const DAY_MS = 24 * 3_600_000;
/** A Welcome made with what has been replaced since may still be on its way: as long as a relay keeps what waits. */
const REPLACED_KEPT_MS = 30 * DAY_MS;

/** A KeyPackage of this device, where it is stored. */
export interface StoredKeyPackage extends KeyPackageRecord {
  readonly key: string;
}

/**
 * The KeyPackages by which others add this device: fifty at the relay, made anew when fewer than twenty are left.
 * Private keys are on disk before the public ones leave, and go with the one Welcome that they are for.
 */
export class KeyPackageSupply {
  readonly #queue = new SerialQueue();
  readonly #awaitingFirst = new Set<() => void>();
  #lastResortUsed = false;

  constructor(private readonly context: RoomContext) {}

  /** All of them, private keys included. */
  async all(): Promise<readonly StoredKeyPackage[]> {
    const records = await scanAll(this.context.vault, KEYS.keyPackages);
    return records.map(({ key, value }) => ({ key, ...decodeRecord<KeyPackageRecord>(value) }));
  }

  /** This one has let the device in: its private keys go with that step, unless it is the last resort. */
  spend(step: RoomStep, { key, lastResort }: StoredKeyPackage): void {
    if (!lastResort) step.write(key, null);
    step.afterwards(() => {
      this.#lastResortUsed ||= lastResort;
    });
  }

  /**
   * Sees to it that the relay has enough. It is asked how many there are when it is this job's turn: what it said
   * unasked may be from before the last ones were made. Rejects with nothing: where it does not succeed now, the next
   * session does it.
   */
  keepUp(): Promise<void> {
    return this.#queue.run(async () => {
      try {
        await this.#keepUp(await this.#ask());
      } catch (error) {
        if (error instanceof RelayFailure || !this.context.link.online) return;
        throw error;
      }
    });
  }

  /** As `keepUp`; resolves as soon as the relay has any, or none can be brought there now. */
  async begin(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#awaitingFirst.add(resolve);
      this.keepUp().then(resolve, resolve);
    });
  }

  /** The account is gone from the relay: nobody can add this device by them any more. */
  forget(): Promise<void> {
    return this.#queue.run(async () => {
      const keys = (await scanAll(this.context.vault, KEYS.keyPackages)).map(({ key }) => key);
      if (keys.length > 0) await this.context.vault.commit(keys.map(key => ({ key, value: null })));
    });
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #ask(): Promise<{ readonly count: number; readonly lastResort: boolean }> {
    const answer = await this.context.link.request({ type: 'countKeyPackages' });
    return answer.type === 'keyPackageCount' ? answer : { count: TARGET, lastResort: true };
  }

  async #keepUp(supply: { readonly count: number; readonly lastResort: boolean }): Promise<void> {
    const nowMs = this.context.clock.nowMs();
    const stored = await this.all();
    await this.#sweep(stored, nowMs);
    // Made before a stop, and perhaps sent: the same again changes nothing.
    const unsent = stored.filter(({ published, lastResort }) => !published && !lastResort);
    let count = unsent.length > 0 ? await this.#publish(unsent) : supply.count;
    const current = stored.find(({ lastResort, replacedAtMs }) => lastResort && replacedAtMs === undefined);
    const aged = current !== undefined && current.expiresAtMs - nowMs < DAY_MS;
    if (current === undefined || !supply.lastResort || aged || this.#lastResortUsed)
      count = await this.#replaceLastResort(current, count);
    if (supply.count >= REFILL_BELOW) return;
    while (count < TARGET) {
      await this.context.giveWay?.();
      const before = count;
      count = await this.#publish(await this.#make(Math.min(TARGET - count, AT_ONCE), false));
      if (count <= before) return;
    }
  }

  /** How many others the relay has then: where there are none, some go with it, so that it is not used at once. */
  async #replaceLastResort(before: StoredKeyPackage | undefined, count: number): Promise<number> {
    const others = count === 0 ? await this.#make(AT_ONCE, false) : [];
    const published = await this.#publish([...(await this.#make(1, true)), ...others]);
    this.#lastResortUsed = false;
    if (before === undefined) return published;
    const { key, ...record } = before;
    await this.#store([{ key, ...record, replacedAtMs: this.context.clock.nowMs() }]);
    return published;
  }

  /** On disk, and not yet anywhere else. */
  async #make(count: number, lastResort: boolean): Promise<readonly StoredKeyPackage[]> {
    const { env, identity } = this.context;
    const made = makeKeyPackages(env, identity, { count, lastResort }).map(storedOf);
    await this.#store(made);
    return made;
  }

  /** How many the relay has then. */
  async #publish(made: readonly StoredKeyPackage[]): Promise<number> {
    const lastResort = made.find(one => one.lastResort)?.keyPackage ?? new Uint8Array(0);
    const keyPackages = made.filter(one => !one.lastResort).map(({ keyPackage }) => keyPackage);
    const request = { type: 'publishKeyPackages', keyPackages, lastResort, replace: false } as const;
    const answer = await this.context.link.request(request);
    await this.#store(made.map(one => ({ ...one, published: true })));
    for (const told of this.#awaitingFirst) told();
    this.#awaitingFirst.clear();
    return answer.type === 'keyPackageCount' ? answer.count : 0;
  }

  /** What nobody can use any more: expired ones, and last resorts that were replaced long ago. */
  async #sweep(stored: readonly StoredKeyPackage[], nowMs: number): Promise<void> {
    const over = stored.filter(
      ({ expiresAtMs, replacedAtMs = Number.POSITIVE_INFINITY }) =>
        Math.min(expiresAtMs, replacedAtMs) + REPLACED_KEPT_MS < nowMs,
    );
    if (over.length > 0) await this.context.vault.commit(over.map(({ key }) => ({ key, value: null })));
  }

  async #store(stored: readonly StoredKeyPackage[]): Promise<void> {
    await this.context.vault.commit(
      stored.map(({ key, ...record }) => ({ key, value: encodeRecord(record) })),
    );
  }
}

function storedOf({ ref, keyPackage, privateState, lastResort, expiresAtMs }: SuppliedKeyPackage) {
  const key = KEYS.keyPackage(base62Encode(ref.subarray(0, 16)));
  return { key, keyPackage, privateState, lastResort, expiresAtMs, published: false };
}
