import type { MessageId } from '@sotto/protocol';
import type { OutgoingFile } from '../fileIntents.ts';
import type { FileView } from '../projection.ts';
import type { Person } from './world.fixture.ts';

/** Bytes that are the same nowhere in the file, and the same in every run. */
export function fileBytes(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let state = sizeBytes >>> 0;
  for (let at = 0; at < sizeBytes; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** Sends a file from a person's room. */
export async function sendFile(person: Person, file: Partial<OutgoingFile>, text = ''): Promise<MessageId> {
  const sent = { name: 'file.bin', mediaType: 'application/octet-stream', bytes: fileBytes(1_000), ...file };
  const { messageId } = await person.port.sendFile(person.roomId!, sent, { text });
  return messageId;
}

export function fileOf(person: Person, messageId: MessageId): FileView | undefined {
  const item = person.log.find(shown => shown.kind === 'message' && shown.messageId === messageId);
  return item?.kind === 'message' ? item.file : undefined;
}

export function hasFile(person: Person, messageId: MessageId): boolean {
  return fileOf(person, messageId) !== undefined;
}

export function stateOf(person: Person, messageId: MessageId): string | undefined {
  return fileOf(person, messageId)?.state.state;
}
