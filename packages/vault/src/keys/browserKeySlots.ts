import { openIndexedDbKeySlots } from './indexedDbKeySlots.ts';
import type { KeySlots } from './keySlots.ts';
import { hasOpfsKeySlots, openOpfsKeySlots } from './opfsKeySlots.ts';

/**
 * The slots of a browser: a file overwritten in place, or a database where there is none (`inPlace` tells).
 *
 * Which of them is decided by what the browser can do, and never by what fails today: falling back over an error would
 * show an empty ring to someone whose keys lie in the other place. For the same reason it is for a dedicated worker
 * only: elsewhere the same browser could not overwrite files. Throws as `openOpfsKeySlots`; `TypeError` elsewhere.
 */
export async function openBrowserKeySlots(name: string): Promise<KeySlots> {
  if (typeof DedicatedWorkerGlobalScope !== 'function') {
    throw new TypeError('key slots are opened in a dedicated worker');
  }
  return hasOpfsKeySlots() ? openOpfsKeySlots(name) : openIndexedDbKeySlots(name);
}
