import { isFileName, shownFileName } from '@sotto/protocol';

const NOT_IN_PATHS = /[:*?"<>|]/;
/** Names that Windows keeps for devices, with any extension. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const MOST_BYTES = 200;

/**
 * The name under which a file of somebody else is saved: its own where that can do no harm in any folder, a generated one
 * otherwise. `copy`: what stands before its extension when that name is taken.
 */
export function savedName(name: string, mediaType: string, copy = ''): string {
  const own = isHarmless(name) ? name : shownFileName('', mediaType);
  if (copy === '') return own;
  const dot = own.lastIndexOf('.');
  return dot <= 0 ? `${own} (${copy})` : `${own.slice(0, dot)} (${copy})${own.slice(dot)}`;
}

function isHarmless(name: string): boolean {
  if (!isFileName(name) || NOT_IN_PATHS.test(name) || DEVICE_NAME.test(name)) return false;
  // No hidden file, no option of a command, no end that a system takes away.
  if (/^[.~-]/.test(name) || /[.\s]$/.test(name)) return false;
  return new TextEncoder().encode(name).length <= MOST_BYTES;
}
