import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { unpackedLevelDb } from './levelDb.ts';

/** The bytes of files, by their path: what a thief of the disk has. */
export type DiskImage = ReadonlyMap<string, Buffer>;

/** Every file under a folder, whatever it is. */
export function imageOf(folder: string): DiskImage {
  const image = new Map<string, Buffer>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    // Sockets and dangling links of a browser hold no bytes.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true)
      image.set(relative(folder, path), readFileSync(path));
  }
  return image;
}

/** The files as they lie there, and what LevelDB cut into blocks or compressed, put together again. */
export function layersOf(image: DiskImage): DiskImage {
  const layers = new Map(image);
  for (const [path, bytes] of image) {
    const unpacked = unpackedLevelDb(bytes);
    if (unpacked !== undefined) layers.set(`${path} (unpacked)`, unpacked);
  }
  return layers;
}
