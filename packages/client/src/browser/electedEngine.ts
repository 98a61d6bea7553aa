import { storageTroubleOf } from '../clientErrors.ts';
import type { EnginePort } from '../intents.ts';
import type { StorageTrouble } from '../projection.ts';
import type { Channel, EngineMessage } from '../window/messages.ts';
import { serveEngine } from '../window/serveEngine.ts';

/** The part of Web Locks that is used: `navigator.locks`. */
export interface Locks {
  request(name: string, held: () => Promise<void>): Promise<unknown>;
}

/** An engine as far as it is served. */
export interface Electable {
  window(): EnginePort;
  /** Resolves when the engine cannot go on, with the reason where it is known. */
  readonly storeLost: Promise<StorageTrouble | undefined>;
  close(): Promise<void>;
}

export interface ElectionOptions {
  readonly storeName: string;
  readonly locks: Locks;
  /** Heard by every page of this store. */
  readonly channel: Channel;
  readonly engineId: string;
  /** Opens the store; called only while this worker holds it. */
  readonly open: () => Promise<Electable>;
}

/**
 * Stands for the one engine of a store (invariant I3): every page's worker asks for the same lock, whoever holds it
 * runs the engine, and the pages of all talk to it over the channel. The lock is free the moment its holder dies, and
 * the next in line opens the store. Resolves when the engine has lost its store, and then leaves the place to the next
 * in line; rejects when the store does not open.
 */
export async function standForEngine({
  storeName,
  locks,
  channel,
  engineId,
  open,
}: ElectionOptions): Promise<void> {
  await locks.request(engineLock(storeName), async () => {
    let engine: Electable;
    try {
      engine = await open();
    } catch (error) {
      const trouble = storageTroubleOf(error);
      channel.postMessage({ to: 'window', type: 'failed', trouble } satisfies EngineMessage);
      throw error;
    }
    const stopServing = serveEngine(channel, {
      engineId,
      openWindow: () => engine.window(),
      watch: (windowId, gone) => {
        // A page holds this lock as long as it lives.
        void locks.request(windowLock(windowId), async () => gone());
      },
    });
    const trouble = await engine.storeLost;
    stopServing();
    channel.postMessage({ to: 'window', type: 'failed', trouble } satisfies EngineMessage);
    await engine.close().catch(() => undefined);
  });
}

export function engineLock(storeName: string): string {
  return `sotto-engine:${storeName}`;
}

export function windowLock(windowId: string): string {
  return `sotto-window:${windowId}`;
}

export function channelName(storeName: string): string {
  return `sotto:${storeName}`;
}
