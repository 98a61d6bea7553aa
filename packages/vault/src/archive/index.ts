/** Export and import of a history: in clear as JSON or as a page, or as an encrypted archive. Browser and Node. */
export type { ReadableFile } from './ageFile.ts';
export { wholeFile } from './chunks.ts';
export { type ExportOptions, exportJson, JSON_MEDIA_TYPE } from './exportJson.ts';
export { exportPage, PAGE_MEDIA_TYPE, type PageOptions } from './exportPage.ts';
export { piecesOf } from './fileBytes.ts';
export type {
  ArchivedBytes,
  ArchivedConversation,
  ArchivedEvent,
  ArchivedFile,
  ArchivedItem,
  ArchivedMessage,
  ArchivedName,
  ArchivedPerson,
  ArchivedReaction,
  ArchivedRole,
  ConversationSource,
  HistoryRecord,
} from './history.ts';
export { decodeItem, UnfitRecord } from './historyCodec.ts';
export type { Progress, Watched } from './progress.ts';
export { type OpenArchive, openArchive, readArchive } from './readArchive.ts';
export { ARCHIVE_MEDIA_TYPE, type ArchiveOptions, writeArchive } from './writeArchive.ts';
