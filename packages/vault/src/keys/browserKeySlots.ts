import { openIndexedDbKeySlots } from './indexedDbKeySlots.ts';
import type { KeySlots } from './keySlots.ts';
import { hasOpfsKeySlots, openOpfsKeySlots } from './opfsKeySlots.ts';

/**
 * The slots of a browser: a file overwritten in place, or a database where there is none (`inPlace` tells).
 *
 * Which of them is decided by what the browser can do and never by what fails today: falling back over an error would
 * show an empty ring to someone whose keys lie in the other place. To be called in a dedicated worker.
 */
export function openBrowserKeySlots(name: string): Promise<KeySlots> {
  return hasOpfsKeySlots() ? openOpfsKeySlots(name) : openIndexedDbKeySlots(name);
}
