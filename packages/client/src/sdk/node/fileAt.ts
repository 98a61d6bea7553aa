import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FileToSend } from '../outgoing.ts';
import { SottoError } from '../sottoError.ts';

/** A file of this computer, to be sent under its name. Throws `BAD_FILE` where there is none. */
export async function fileAt(path: string): Promise<FileToSend> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile()) throw new SottoError('BAD_FILE', `${path} is no file`);
  return {
    name: basename(path),
    size: found.size,
    async arrayBuffer() {
      const bytes = await readFile(path).catch(() => {
        throw new SottoError('BAD_FILE', `${path} cannot be read`);
      });
      return new Uint8Array(bytes).buffer;
    },
  };
}
