import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

const repositoryRoot = resolve(fileURLToPath(new URL('.', import.meta.url)), '../../..');

/** The folder of test vectors from outside: `SOTTO_VECTORS_DIR`, else `../shared/vectors` beside the repository. */
const vectorsFolder = process.env.SOTTO_VECTORS_DIR ?? resolve(repositoryRoot, '../shared/vectors');

/** The parsed JSON of a vector file, e.g. `mls/welcome.json`; `undefined` when it is not on this machine. */
export function vectorsFile(relativePath: string): unknown | undefined {
  const path = join(vectorsFolder, relativePath);
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, 'utf8'));
}

/**
 * Registers a suite over a vector file from outside. The files are not part of this repository: where one is missing
 * the suite is skipped, and its title says where the file comes from.
 * @param relativePath inside the vectors folder, e.g. `mls/welcome.json`
 * @param sourceRepositoryName the public repository of the file, e.g. `mlswg/mls-implementations`
 */
export function describeVectors(
  relativePath: string,
  sourceRepositoryName: string,
  register: (data: unknown) => void,
): void {
  const data = vectorsFile(relativePath);
  if (data === undefined) {
    const reason = `${relativePath} is not here, so its vectors are skipped; it is published in ${sourceRepositoryName} (SOTTO_VECTORS_DIR names the folder)`;
    process.stderr.write(`${reason}\n`);
    describe.skip(reason, () => {
      it('needs the file', () => {});
    });
    return;
  }
  describe(relativePath, () => register(data));
}
