/** All that is only needed where files go with a sealed message: loaded when the first is chosen. */
import '../styles/files.css';
import { fileSize } from '../files/fileHeard.ts';
import { type Chosen, outgoing, Tray } from '../files/tray.ts';
import { SEALED_FILES, SEALED_FILES_BYTES } from '../limits.ts';
import type { LetterFile } from './services.ts';

export { TrayView } from '../files/TrayView.tsx';

const LIMIT = '8.3 MB';
const words = {
  said: (count: number, size: string) => `${count === 1 ? '1 file' : `${count} files`}, ${size}`,
  counted: (said: string) => `${said} of ${LIMIT}`,
  overCounted: (said: string) => `${said}: that is more than ${LIMIT}. Take one out.`,
  tooMany: `At most ${SEALED_FILES} files go with a message. The others were left out.`,
  tooLarge: 'The files are too large together. Take one out, or leave them in parts.',
  notReady: 'The photos are still being made anew. Wait a moment.',
};

/** The files of one message. */
export class LetterFiles {
  readonly tray = new Tray({ most: SEALED_FILES, tooMany: words.tooMany });
  #read: { readonly of: readonly Chosen[]; readonly files: readonly LetterFile[] } | undefined;

  /** Why they cannot go now; empty where they can. */
  get trouble(): string {
    const { chosen, ready } = this.tray;
    if (chosen.length > 0 && !ready) return words.notReady;
    return this.#fits ? '' : words.tooLarge;
  }

  /** How many, and how large. */
  get said(): string {
    return words.said(this.tray.chosen.length, fileSize(this.tray.sizeBytes));
  }

  counted = (): string => (this.#fits ? words.counted : words.overCounted)(this.said);

  /** As they go, the same as long as nothing else is chosen. Rejects where one cannot be read any more. */
  async read(): Promise<readonly LetterFile[]> {
    const of = this.tray.chosen;
    if (this.#read?.of === of) return this.#read.files;
    const files = await Promise.all(of.map(letterFile));
    this.#read = { of, files };
    return files;
  }

  get #fits(): boolean {
    return this.tray.sizeBytes <= SEALED_FILES_BYTES;
  }
}

async function letterFile(chosen: Chosen): Promise<LetterFile> {
  const { name, mediaType, bytes } = await outgoing(chosen);
  return { name, mediaType, bytes };
}
