import type { MessageId } from '@sotto/protocol';
import { ClientError } from '../intents.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { PlaceRecord, TimelineRecord } from '../records/roomRecords.ts';
import type { RoomContext } from './roomContext.ts';
import type { RoomStep } from './roomStep.ts';

/** A text, or a file, under the id that its writer chose for it. */
interface NamedText {
  readonly messageId: MessageId;
  readonly text: string;
  readonly replyTo: MessageId | undefined;
  /** SHA-256 of the file that goes with it. */
  readonly fileHash?: Uint8Array;
}

/**
 * Whether this device has said just this already: it waits in the outbox, or stands in the log, or stood there (it has
 * disappeared, or was deleted: to say it again would bring it back). Asked in the transaction that would say it. Throws
 * `BAD_MESSAGE_ID` when the id is that of something else: another's message, or another text.
 */
export async function alreadySaid(
  context: RoomContext,
  step: RoomStep,
  { messageId, text, replyTo, fileHash }: NamedText,
): Promise<boolean> {
  const said = itsOutboxText(step, messageId) ?? (await itsLogText(context, step, messageId));
  if (said === undefined) return false;
  if (said === 'gone') return true;
  const sameFile = said.file?.blob.hash.join() === fileHash?.join();
  if (said.own && said.text === text && said.replyTo?.messageId === replyTo && sameFile) return true;
  throw new ClientError('BAD_MESSAGE_ID', 'another message has this id');
}

type Said = Pick<Extract<TimelineRecord, { kind: 'message' }>, 'replyTo' | 'file'> & {
  readonly own: boolean;
  /** `undefined` for what is no text. */
  readonly text: string | undefined;
};

function itsOutboxText(step: RoomStep, messageId: MessageId): Said | undefined {
  const item = step.state.outbox.find(({ draft }) => draft.messageId === messageId);
  if (item === undefined) return undefined;
  const { text, replyTo, file } = item;
  return { own: true, text, ...(replyTo && { replyTo }), ...(file && { file }) };
}

async function itsLogText(
  context: RoomContext,
  step: RoomStep,
  id: MessageId,
): Promise<Said | 'gone' | undefined> {
  const { roomId } = step.state.record;
  const place = await step.read(context.vault, KEYS.place(roomId, id));
  if (place === undefined) return undefined;
  const at = decodeRecord<PlaceRecord>(place);
  if (!('order' in at)) return { own: false, text: undefined };
  const bytes = await step.read(context.vault, KEYS.item(roomId, at.order));
  if (bytes === undefined) return 'gone';
  const record = decodeRecord<TimelineRecord>(bytes);
  if (record.kind !== 'message') return { own: false, text: undefined };
  return {
    own: record.author.self,
    text: record.text,
    ...(record.replyTo && { replyTo: record.replyTo }),
    ...(record.file && { file: record.file }),
  };
}
