import { type Attachment, type MessageId, shownFileName, shownMediaType } from '@sotto/protocol';
import { FETCHED_BY_ITSELF_BYTES } from '../fileIntents.ts';
import type { FileNamed, FileView } from '../projection.ts';
import type { FileRecord } from '../records/fileRecords.ts';
import type { RoomContext } from './roomContext.ts';
import { beginFileWork, type RoomFiles } from './roomFiles.ts';
import type { RoomStep } from './roomStep.ts';
import { previewOf } from './shownText.ts';

/** What a message has to say in one line: its words, or else what its file is called. */
export function wordsOf({ text, file }: { readonly text?: string; readonly file?: FileRecord }): string {
  return text === undefined || text === '' ? (file?.name ?? '') : text;
}

/** That line for a list or a quote; where it is the name of a file, which. */
export function lineOf(said: { readonly text?: string; readonly file?: FileRecord }): {
  readonly text: string;
  readonly file?: FileNamed;
} {
  const text = previewOf(wordsOf(said));
  if (said.file === undefined || (said.text ?? '') !== '') return { text };
  const { name, mediaType } = said.file;
  return { text, file: { name, mediaType } };
}

/** The file of a message that came. What its sender says of it is not believed further than it can be shown. */
export function receivedFile(messageId: MessageId, said: Attachment): FileRecord {
  const { blob, width, height, thumbnail } = said;
  return {
    keptAs: messageId,
    name: shownFileName(said.name, said.mediaType),
    mediaType: shownMediaType(said.mediaType),
    ...(width > 0 && height > 0 && { width, height }),
    ...(thumbnail && { thumbnail }),
    blob,
  };
}

/** A small file comes by itself: the relay does not keep it for ever. */
export function fetchSmall(context: RoomContext, step: RoomStep, { keptAs, blob }: FileRecord): void {
  if (blob.sizeBytes > FETCHED_BY_ITSELF_BYTES) return;
  const { roomId } = step.state.record;
  beginFileWork(context.files, step, { what: 'fetching', roomId, keptAs, chunkCount: blob.chunkCount });
}

/**
 * A message goes, and its file with it: with the record goes the key, so that the bytes are gone once the erasure is
 * paid; then they are taken away, and from the relay too where it is `own`.
 */
export function dropFile(context: RoomContext, step: RoomStep, file: FileRecord, own: boolean): void {
  const { keptAs, blob } = file;
  const { roomId } = step.state.record;
  beginFileWork(context.files, step, { what: 'dropping', roomId, keptAs, chunkCount: blob.chunkCount });
  if (own) context.errands.add(step, { type: 'deleteBlob', blobId: blob.blobId });
}

/** As it is shown now. `uploading`: it is not at the relay yet. */
export function fileView(files: RoomFiles, file: FileRecord, uploading: boolean): FileView {
  const { name, mediaType, width, height, thumbnail, blob } = file;
  return {
    name,
    mediaType,
    sizeBytes: blob.sizeBytes,
    ...(width !== undefined && height !== undefined && { width, height }),
    ...(thumbnail && { thumbnail }),
    state: stateOf(files, file, uploading),
  };
}

function stateOf(files: RoomFiles, file: FileRecord, uploading: boolean): FileView['state'] {
  const doneBytes = files.doneBytesOf(file.keptAs);
  if (uploading) return { state: 'uploading', doneBytes: doneBytes ?? 0 };
  if (file.here) return { state: 'here' };
  if (doneBytes !== undefined) return { state: 'downloading', doneBytes };
  if (file.gone) return { state: 'gone' };
  return { state: 'at-relay', ...(file.trouble && { trouble: file.trouble }) };
}
