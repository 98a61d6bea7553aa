import { base62Encode, type Entry } from '@sotto/protocol';
import type { RoomId } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import type { OutRecord, SawRecord } from '../records/roomRecords.ts';
import { beginCounting } from './disappearing.ts';
import type { RoomContext } from './roomContext.ts';
import { receiveNotice } from './roomNotice.ts';
import { viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';
import { receiveTimer } from './roomTimer.ts';

/** What is kept of a ciphertext to show: the whole again would double the store. */
export const SAW_HEAD_BYTES = 256;

/** An own entry has come back: its item leaves the outbox for its place in the log. False when nothing knows it. */
export async function receiveOwn(context: RoomContext, step: RoomStep, entry: Entry): Promise<boolean> {
  const item = step.state.outbox.find(
    out => out.dedupeId === entry.dedupeId || sameBytes(out.sealed?.payload, entry.payload),
  );
  const key = ownEntryKey(context, step.state.record.roomId, entry.payload);
  if (item === undefined) {
    // The relay may repeat an entry; a second copy of what is in the log changes nothing.
    return (await step.read(context.vault, key)) !== undefined;
  }
  step.write(key, { seq: entry.seq });
  placeOwn(context, step, item, sawOf(step, entry), entry.seq);
  return true;
}

/** Moves an item that the relay has from the outbox into the log. */
export function placeOwn(
  context: RoomContext,
  step: RoomStep,
  item: OutRecord,
  saw: SawRecord,
  seq: number,
): void {
  const { record } = step.state;
  step.dropOut(item.number);
  step.set({ echoedCounter: Math.max(record.echoedCounter, item.draft.counter) });
  if (item.purpose === 'text') {
    const self = viewOf(step.state)?.self;
    const message = {
      kind: 'message',
      messageId: item.draft.messageId,
      author: {
        deviceId: context.identity.deviceId,
        name: context.selfName(),
        guest: context.identity.kind === 'guest',
        role: self?.role ?? 'guest',
        self: true,
      },
      counter: item.draft.counter,
      text: item.text ?? '',
      ...(item.file && { file: item.file }),
      ...(item.replyTo && { replyTo: item.replyTo }),
      sentAtMs: item.draft.sentAtMs,
      ...(item.disappearAfterS !== undefined && { disappearAfterS: item.disappearAfterS }),
      saw,
    } as const;
    beginCounting(context, step, { order: step.putItem(seq, message), record: message });
  }
  if (item.purpose === 'notice' && item.notice !== undefined) {
    const self = viewOf(step.state)?.self;
    if (self !== undefined) receiveNotice(context, step, seq, self, item.notice);
  }
  if (item.purpose === 'timer' && item.timer !== undefined) {
    const { deviceId } = context.identity;
    const { counter } = item.draft;
    receiveTimer(context, step, { seq, place: undefined, author: { deviceId }, counter, timer: item.timer });
  }
}

/** What the relay had of an entry. */
export function sawOf(step: RoomStep, entry: Pick<Entry, 'payload' | 'seq' | 'receivedAtMs'>): SawRecord {
  return {
    head: entry.payload.slice(0, SAW_HEAD_BYTES),
    sizeBytes: entry.payload.length,
    seq: entry.seq,
    receivedAtMs: entry.receivedAtMs,
    epoch: viewOf(step.state)?.epoch ?? 0,
  };
}

/** Where it is noted that an own entry is in the log: own messages cannot be opened, so their bytes must do. */
function ownEntryKey(context: Pick<RoomContext, 'env'>, roomId: RoomId, payload: Uint8Array): string {
  const hash = context.env.provider.hash('SHA-256', payload);
  return KEYS.ownEntry(roomId, base62Encode(hash.subarray(0, 16)));
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}
