import { VaultError } from '../errors.ts';
import { KEY_SLOTS, KEY_SLOTS_BYTES, type KeySlots, platformRandom, wholeSlot } from './keySlots.ts';

/** How long a page that is going away may still hold the file. */
const HANDOVER_MS = 2_000;
const RETRY_MS = 20;

/** Whether this is a worker of a browser that lets files be overwritten in place. */
export function hasOpfsKeySlots(): boolean {
  return (
    typeof navigator.storage?.getDirectory === 'function' &&
    'createSyncAccessHandle' in (globalThis.FileSystemFileHandle?.prototype ?? {})
  );
}

/**
 * Slots in a file of the origin private file system, overwritten in place and flushed. In a dedicated worker only.
 *
 * The file is held until `close` or the end of the worker; nobody else can open it meanwhile. Throws `IN_USE` when
 * another holds it, `UNSUPPORTED_FORMAT` for a longer file, `STORAGE_FAILED`, `QUOTA_EXCEEDED`.
 */
export async function openOpfsKeySlots(name: string): Promise<KeySlots> {
  const fileName = `${name}.keys`;
  const folder = await asStorage(() => navigator.storage.getDirectory());
  const file = await asStorage(() => openWhole(folder, fileName));
  let isClosed = false;
  const held = async <T>(work: () => T): Promise<T> => {
    if (isClosed) throw new VaultError('CLOSED', 'the key slots are closed');
    return asStorage(async () => work());
  };

  return {
    inPlace: true,
    readAll: () => held(() => readWhole(file)),
    async write(slot, bytes) {
      const whole = wholeSlot(slot, bytes, platformRandom);
      await held(() => {
        writeFully(file, whole, slot * KEY_SLOTS.sizeBytes);
        file.flush();
      });
    },
    async destroy() {
      await held(() => {
        writeFully(file, platformRandom(KEY_SLOTS_BYTES), 0);
        file.flush();
        file.close();
        isClosed = true;
      });
      await asStorage(() => folder.removeEntry(fileName));
    },
    async close() {
      if (!isClosed) file.close();
      isClosed = true;
    },
  };
}

async function openWhole(
  folder: FileSystemDirectoryHandle,
  fileName: string,
): Promise<FileSystemSyncAccessHandle> {
  const entry = await folder.getFileHandle(fileName, { create: true });
  const file = await hold(entry);
  try {
    const size = file.getSize();
    if (size > KEY_SLOTS_BYTES) throw new VaultError('UNSUPPORTED_FORMAT', 'this is no file of key slots');
    if (size < KEY_SLOTS_BYTES) {
      // New, or cut short by a crash while it was new: zeros that are really there, to be overwritten in place later.
      writeFully(file, new Uint8Array(KEY_SLOTS_BYTES - size), size);
      file.flush();
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Waits for a page that has just been closed: its locks go one by one, and this one may be the last. */
async function hold(entry: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle> {
  const untilMs = performance.now() + HANDOVER_MS;
  for (;;) {
    try {
      return await entry.createSyncAccessHandle();
    } catch (cause) {
      if ((cause as DOMException).name !== 'NoModificationAllowedError') throw cause;
      if (performance.now() > untilMs) {
        throw new VaultError('IN_USE', 'another tab holds the key slots', { cause });
      }
      await new Promise(resolve => setTimeout(resolve, RETRY_MS));
    }
  }
}

function readWhole(file: FileSystemSyncAccessHandle): Uint8Array {
  const bytes = new Uint8Array(KEY_SLOTS_BYTES);
  for (let at = 0; at < bytes.length; ) {
    const read = file.read(bytes.subarray(at), { at });
    if (read === 0) throw new VaultError('STORAGE_FAILED', 'the file of key slots was cut off');
    at += read;
  }
  return bytes;
}

function writeFully(
  file: FileSystemSyncAccessHandle,
  bytes: Uint8Array<ArrayBuffer>,
  position: number,
): void {
  for (let at = 0; at < bytes.length; ) {
    const written = file.write(bytes.subarray(at), { at: position + at });
    if (written === 0) throw new VaultError('QUOTA_EXCEEDED', 'no room for the key slots');
    at += written;
  }
}

async function asStorage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof VaultError) throw cause;
    const isFull = (cause as DOMException).name === 'QuotaExceededError';
    throw new VaultError(isFull ? 'QUOTA_EXCEEDED' : 'STORAGE_FAILED', 'the key slots cannot be reached', {
      cause,
    });
  }
}
