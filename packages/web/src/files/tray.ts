import type { OutgoingFile, RoomId } from '@sotto/client';
import { ATTACHMENT_BYTES } from '../limits.ts';
import { whenLocked } from '../lock/forgetShown.ts';
import { HEADER_BYTES, pictureHeader } from '../pictures/pictureHeader.ts';
import { fileKind, renamed, sentName } from './fileName.ts';
import { MOST_AT_ONCE, files as words } from './fileWords.ts';
import { type MadePicture, type NotRemade, remakePicture } from './remakePicture.ts';

/** A file that was chosen and not sent yet. */
export interface Chosen {
  readonly id: number;
  readonly file: File;
  /** Of a picture: what it was made into, or why it was not. Absent: it is none. */
  readonly picture?: 'looking' | MadePicture | NotRemade;
  /** A picture is to go unchanged. */
  readonly asFile: boolean;
}

/** What one place takes at once. */
export interface TrayRules {
  readonly most: number;
  /** Said where there are more. */
  readonly tooMany: string;
}

const OF_ROOMS: TrayRules = { most: MOST_AT_ONCE, tooMany: words.tooMany };

let made = 0;

/** What will be sent, in order, and what could not be taken in. In the memory of this tab only. */
export class Tray {
  chosen: readonly Chosen[] = [];
  /** Sentences about what was left out. */
  refused: readonly string[] = [];
  readonly #watchers = new Set<() => void>();
  #making: Promise<void> = Promise.resolve();

  constructor(private readonly rules: TrayRules = OF_ROOMS) {}

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Whether all of it can go now. */
  get ready(): boolean {
    return this.chosen.length > 0 && this.chosen.every(({ picture }) => picture !== 'looking');
  }

  /** Of all that would go now. */
  get sizeBytes(): number {
    return this.chosen.reduce((sum, one) => sum + (madeOf(one)?.blob.size ?? one.file.size), 0);
  }

  /** Takes files in, each told about where it cannot be sent. Pictures are made anew one after the other. */
  add(chosen: readonly File[], folders = 0): void {
    const refused = folders > 0 ? [words.folders] : [];
    const taken: Chosen[] = [];
    for (const file of chosen) {
      const why = refusal(file);
      if (why !== undefined) refused.push(why);
      else if (this.chosen.length + taken.length >= this.rules.most) refused.push(this.rules.tooMany);
      else
        taken.push({
          id: ++made,
          file,
          asFile: false,
          ...(looksLikePicture(file) && { picture: 'looking' }),
        });
    }
    this.#set([...this.chosen, ...taken], [...new Set(refused)]);
    for (const { id, file, picture } of taken) if (picture !== undefined) this.#remake(id, file);
  }

  remove(id: number): void {
    this.#set(
      this.chosen.filter(other => other.id !== id),
      this.refused,
    );
  }

  setAsFile(id: number, asFile: boolean): void {
    this.#change(id, { asFile });
  }

  refuse(sentence: string): void {
    this.#set(this.chosen, [sentence]);
  }

  dismiss(): void {
    this.#set(this.chosen, []);
  }

  clear(): void {
    this.#set([], []);
  }

  #remake(id: number, file: File): void {
    this.#making = this.#making.then(async () => {
      // It was taken out meanwhile: nothing is left to do.
      if (!this.chosen.some(other => other.id === id)) return;
      const picture = await remakePicture(file).catch(() => 'unreadable' as const);
      this.#change(id, { picture });
    });
  }

  #change(id: number, change: Partial<Chosen>): void {
    this.#set(
      this.chosen.map(other => (other.id === id ? { ...other, ...change } : other)),
      this.refused,
    );
  }

  #set(chosen: readonly Chosen[], refused: readonly string[]): void {
    this.chosen = chosen;
    this.refused = refused;
    for (const watcher of [...this.#watchers]) watcher();
  }
}

const trays = new Map<RoomId, Tray>();
whenLocked(() => {
  for (const tray of trays.values()) tray.clear();
  trays.clear();
});

export function trayOf(roomId: RoomId): Tray {
  const tray = trays.get(roomId) ?? new Tray();
  trays.set(roomId, tray);
  return tray;
}

/** What was made of a picture, where that is what goes. */
export function madeOf({ picture, asFile }: Chosen): MadePicture | undefined {
  return typeof picture === 'object' && !asFile ? picture : undefined;
}

/** A chosen file as the engine takes it. Rejects where it cannot be read any more. */
export async function outgoing(chosen: Chosen): Promise<OutgoingFile> {
  const { file } = chosen;
  const picture = madeOf(chosen);
  if (picture === undefined) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const mediaType = pictureHeader(bytes.subarray(0, HEADER_BYTES))?.type ?? mediaTypeOf(file);
    return { name: sentName(file.name), mediaType, bytes };
  }
  const { blob, width, height, thumbnail } = picture;
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const { type } = pictureHeader(bytes) ?? { type: 'image/jpeg' as const };
  return {
    name: renamed(sentName(file.name), type),
    mediaType: type,
    bytes,
    picture: { width, height, thumbnail },
  };
}

function mediaTypeOf({ type }: File): string {
  return /^[a-z]+\/[a-z0-9.+-]+$/.test(type) ? type : 'application/octet-stream';
}

function looksLikePicture(file: File): boolean {
  return file.type.startsWith('image/') || fileKind(file.name) === 'picture';
}

function refusal({ name, size }: File): string | undefined {
  if (size === 0) return words.empty(name);
  return size > ATTACHMENT_BYTES ? words.tooLarge(name, size) : undefined;
}
