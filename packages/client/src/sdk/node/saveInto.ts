import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { SottoError } from '../sottoError.ts';

const MOST_COPIES = 10_000;

/**
 * Writes bytes into a folder, for this user only, under the first name that nothing has: `nameOf('')`, `nameOf('2')`, …
 * It follows no link that stands there. Gives the path; throws `SAVE_FAILED`.
 */
export async function saveInto(
  bytes: Uint8Array,
  nameOf: (copy: string) => string,
  folder = '.',
): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    for (let copy = 1; copy <= MOST_COPIES; copy += 1) {
      const path = join(folder, nameOf(copy === 1 ? '' : `${copy}`));
      const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return undefined;
        throw error;
      });
      if (file === undefined) continue;
      try {
        await file.writeFile(bytes);
      } finally {
        await file.close();
      }
      return path;
    }
    throw new Error('all names are taken');
  } catch (error) {
    throw new SottoError('SAVE_FAILED', `it could not be saved: ${(error as Error).message}`);
  }
}
