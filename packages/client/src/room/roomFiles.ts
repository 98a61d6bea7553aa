import type { MessageId } from '@sotto/protocol';
import type { FileWork } from '../records/fileRecords.ts';
import { KEYS } from '../records/keys.ts';
import type { RoomStep } from './roomStep.ts';

/** What a room needs of whoever moves the bytes of files. */
export interface RoomFiles {
  /** Bytes that are done of a file which is on its way; `undefined` while it is not. */
  doneBytesOf(keptAs: MessageId): number | undefined;
  /** There is something to do, as it is written down. */
  begin(work: FileWork): void;
  /** A file waits to be put at the relay. */
  beginUpload(): void;
}

/** Writes down what is to be done with the chunks of a file; it begins once the step is stored. */
export function beginFileWork(files: RoomFiles, step: RoomStep, work: FileWork): void {
  step.write(KEYS.fileWork(work.keptAs), work);
  step.afterwards(() => files.begin(work));
}
