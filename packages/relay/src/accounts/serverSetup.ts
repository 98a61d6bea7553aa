import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import type { Directory } from '../directory.ts';
import { RelayServerError } from '../relayServerError.ts';
import { createServerSetup, isServerSetup } from './opaque.ts';

/**
 * The OPAQUE server setup of a data directory: made at the first start, in a file for its owner only. It is not in
 * the database, so that a copy of the database alone does not let anybody try passwords (RFC 9807 §10.8).
 *
 * Throws `RelayServerError` `DATA_DIRECTORY_UNUSABLE` when the file is damaged, or gone although there are accounts:
 * nobody could sign in with a new one.
 */
export async function openServerSetup(path: string, directory: Directory): Promise<string> {
  const kept = read(path);
  if (kept !== undefined) {
    if (await isServerSetup(kept)) return kept;
    throw unusable(`${path} is damaged: put it back from a backup, or nobody can sign in with a password.`);
  }
  if ((await directory.counts()).accounts > 0) {
    throw unusable(`${path} is missing: put it back from a backup, or nobody can sign in with a password.`);
  }
  const made = await createServerSetup();
  write(path, made);
  return made;
}

function read(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim();
    chmodSync(path, 0o600);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all, also after a power cut. */
function write(path: string, text: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, `${text}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

function unusable(message: string): RelayServerError {
  return new RelayServerError('DATA_DIRECTORY_UNUSABLE', message);
}
