/** What a page needs on which somebody without an account leaves a message: no engine, and no MLS. */
export { accountFingerprint } from '../certainty/safetyNumber.ts';
export { CoreError } from '../errors.ts';
export { accountIdOf } from '../identity/ids.ts';
export type { NoteAttachment } from './noteAttachments.ts';
export { type VerifiedSealedKeys, verifySealedKeys } from './publishedKeys.ts';
export { sealNote } from './sealedMessage.ts';
