import type { ContentBody, DeviceId, ReceiptMark } from '@sotto/protocol';
import type { Conversation } from './conversation.ts';

/**
 * What this device has opened of every other sender, cumulatively: put it into a receipt only once the records that
 * say so are on disk.
 */
export function openedMarks(_conversation: Conversation): readonly ReceiptMark[] {
  throw new Error('not built yet');
}

/** A receipt of those marks, with the epoch and its authenticator, so that members of a forked room notice. */
export function receiptBody(
  _conversation: Conversation,
  _marks: { readonly delivered: readonly ReceiptMark[]; readonly read: readonly ReceiptMark[] },
): Extract<ContentBody, { readonly type: 'receipt' }> {
  throw new Error('not built yet');
}

/** Whether a receipt says that a message of `deviceId` with this counter arrived. */
export function coveredBy(_marks: readonly ReceiptMark[], _deviceId: DeviceId, _counter: number): boolean {
  throw new Error('not built yet');
}
