import type { RoomId } from '@sotto/client';
import { whenLocked } from '../lock/forgetShown.ts';
import type { MessageItem } from './MessageRow.tsx';

/** What was begun and not sent. */
export interface Draft {
  readonly text: string;
  readonly replyTo: MessageItem | undefined;
}

const NO_DRAFT: Draft = { text: '', replyTo: undefined };

/**
 * One draft per room, in the memory of this tab only. The browser's own storage would keep it readable
 * on the disk, where nothing of a conversation may stand in clear; the engine's encrypted store is
 * where drafts that outlive the tab belong.
 */
const drafts = new Map<RoomId, Draft>();
whenLocked(() => drafts.clear());

export function draftOf(roomId: RoomId): Draft {
  const draft = drafts.get(roomId) ?? NO_DRAFT;
  const { goneAtMs } = draft.replyTo ?? {};
  return goneAtMs !== undefined && goneAtMs <= Date.now() ? { ...draft, replyTo: undefined } : draft;
}

export function keepDraft(roomId: RoomId, draft: Draft): void {
  if (draft.text === '' && draft.replyTo === undefined) drafts.delete(roomId);
  else drafts.set(roomId, draft);
}
