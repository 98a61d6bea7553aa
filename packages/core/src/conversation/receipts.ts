import type { ContentBody, DeviceId, Receipt, ReceiptMark } from '@sotto/protocol';
import { equalBytes } from '../bytes.ts';
import { type Conversation, stateOf } from './conversation.ts';
import { markOf } from './senderOrder.ts';
import type { EpochMark } from './state.ts';

/**
 * What this device has opened of every other sender, cumulatively: put it into a receipt only once the records that
 * say so are on disk. Counts everything that was opened, shown or not; the client picks what deserves a receipt.
 */
export function openedMarks(conversation: Conversation): readonly ReceiptMark[] {
  return [...stateOf(conversation).senders]
    .map(([deviceId, order]) => ({ deviceId, ...markOf(order) }))
    .filter(({ counter }) => counter > 0);
}

/** A receipt of those marks, with the epoch and its authenticator, so that members of a forked room notice. */
export function receiptBody(
  conversation: Conversation,
  marks: { readonly delivered: readonly ReceiptMark[]; readonly read: readonly ReceiptMark[] },
): Extract<ContentBody, { readonly type: 'receipt' }> {
  const { epoch, epochAuthenticator } = stateOf(conversation).seen.info;
  return { type: 'receipt', delivered: marks.delivered, read: marks.read, epoch, epochAuthenticator };
}

/** Whether marks say that a message of `deviceId` with this counter arrived. */
export function coveredBy(marks: readonly ReceiptMark[], deviceId: DeviceId, counter: number): boolean {
  return marks.some(
    mark => mark.deviceId === deviceId && counter <= mark.counter && !mark.missing.includes(counter),
  );
}

/** Whether a receipt's author was in another room of the same name: same epoch, other secrets. */
export function tellsOfFork(receipt: Receipt, known: readonly EpochMark[]): boolean {
  const mark = known.find(({ epoch }) => epoch === receipt.epoch);
  return mark !== undefined && !equalBytes(mark.authenticator, receipt.epochAuthenticator);
}
