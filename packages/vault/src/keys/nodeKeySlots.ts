import { type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VaultError } from '../errors.ts';
import { KEY_SLOTS, KEY_SLOTS_BYTES, type KeySlots, platformRandom, wholeSlot } from './keySlots.ts';

const OWNER_ONLY = 0o600;

/**
 * Slots in a file of 16 KiB that only its owner may read, each written by one `pwrite` and an `fdatasync`.
 *
 * One process at a time: whoever opens it holds the store's own lock. The folder must be there. Throws
 * `UNSUPPORTED_FORMAT` for a longer file, which is none of ours, and `STORAGE_FAILED`.
 */
export async function openNodeKeySlots(path: string): Promise<KeySlots> {
  const file = await asStorage(() => openWhole(path));
  // Writes wait for each other, so that the last word on a slot is the last call.
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    if (isClosed) return Promise.reject(new VaultError('CLOSED', 'the key slots are closed'));
    const turn = last.then(() => asStorage(work));
    last = turn.catch(() => undefined);
    return turn;
  };

  return {
    inPlace: true,
    readAll: () => inTurn(() => readWhole(file)),
    async write(slot, bytes) {
      const whole = wholeSlot(slot, bytes, platformRandom);
      await inTurn(async () => {
        await writeFully(file, whole, slot * KEY_SLOTS.sizeBytes);
        await file.datasync();
      });
    },
    async destroy() {
      const destroyed = inTurn(async () => {
        await writeFully(file, platformRandom(KEY_SLOTS_BYTES), 0);
        await file.datasync();
        await file.close();
        await unlink(path);
        await syncFolder(dirname(path));
      });
      isClosed = true;
      await destroyed;
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await last;
      await file.close().catch(() => undefined);
    },
  };
}

async function openWhole(path: string): Promise<FileHandle> {
  const file = await openOrCreate(path);
  try {
    const { size } = await file.stat();
    if (size > KEY_SLOTS_BYTES) throw new VaultError('UNSUPPORTED_FORMAT', 'this is no file of key slots');
    if (size < KEY_SLOTS_BYTES) {
      // New, or cut short by a crash while it was new: zeros that are really there, to be overwritten in place later.
      await writeFully(file, new Uint8Array(KEY_SLOTS_BYTES - size), size);
      await file.sync();
      await syncFolder(dirname(path));
    }
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return open(path, 'wx+', OWNER_ONLY);
  }
}

async function readWhole(file: FileHandle): Promise<Uint8Array> {
  const bytes = new Uint8Array(KEY_SLOTS_BYTES);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, at);
    if (bytesRead === 0) throw new VaultError('STORAGE_FAILED', 'the file of key slots was cut off');
    at += bytesRead;
  }
  return bytes;
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}

/** So that the file's name outlives a power cut. Windows cannot open folders, and needs no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function asStorage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof VaultError) throw cause;
    const isFull = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new VaultError(isFull ? 'QUOTA_EXCEEDED' : 'STORAGE_FAILED', 'the key slots cannot be reached', {
      cause,
    });
  }
}
