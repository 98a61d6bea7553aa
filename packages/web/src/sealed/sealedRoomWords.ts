import type { RoomView, SealedRoomView } from '@sotto/client';

/** What the rooms of sealed messages are called and say of themselves. */
export const sealedRoom = {
  names: { strangers: 'Left by strangers', source: 'Alerts', person: 'Sealed messages' } as const,
  marks: { strangers: 'sealed', source: 'alert', person: 'sealed', conversation: 'RSA sealed' } as const,
  line: 'Encrypted by RSA · no forward secrecy',
  lineShort: 'RSA · no forward secrecy',
  /** Of a live conversation: what the others have beside. */
  lacks: 'Nobody sees who is online here, and nothing would tell if you were shown different conversations.',
  refused: 'A message was refused',
};

/** Whose sealed messages lie here, where nobody can be answered; `undefined` for every conversation. */
export function sealedInboxKind(
  room: Pick<RoomView, 'sealed'>,
): Exclude<SealedRoomView['kind'], 'conversation'> | undefined {
  const kind = room.sealed?.kind;
  return kind === 'conversation' ? undefined : kind;
}
