import { ROOM_SUITE_NAME } from '@sotto/core';
import { LIMITS, MessageId } from '@sotto/protocol';
import { ClientError } from '../intents.ts';
import type { RoomId, ServerSaw } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { OutRecord, SawRecord, TimelineRecord } from '../records/roomRecords.ts';
import { alreadySaid } from '../room/alreadySaid.ts';
import { deleteFailed } from '../room/deleteMessage.ts';
import { beginCountingRead } from '../room/disappearing.ts';
import { assertMaySay } from '../room/maySay.ts';
import { queueContent } from '../room/outbox.ts';
import { queueFile } from '../room/queueFile.ts';
import { reading } from '../room/reading.ts';
import { quoted } from '../room/receiveContent.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { nameOf, shownBy, viewOf } from '../room/roomState.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { changeTimer, timerOf } from '../room/roomTimer.ts';
import { readRoster } from '../room/rosters.ts';
import { assertText, previewOf } from '../room/shownText.ts';
import type { Rooms } from './rooms.ts';

/** What everyone in a room does: write, read, look at what the server saw. */
export class Talking {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
  ) {}

  async sendText(
    roomId: RoomId,
    text: string,
    replyTo?: MessageId,
    chosenId?: MessageId,
  ): Promise<{ messageId: MessageId }> {
    assertText(text);
    if (chosenId !== undefined && !MessageId.is(chosenId))
      throw new ClientError('BAD_MESSAGE_ID', 'not the id of a message');
    const room = this.rooms.get(roomId).actor;
    const messageId = await room.transact(async step => {
      // Before all else: what was taken once is taken, whatever has become of the room since.
      if (
        chosenId !== undefined &&
        (await alreadySaid(this.context, step, { messageId: chosenId, text, replyTo }))
      )
        return chosenId;
      return this.#queueText(step, text, replyTo, chosenId);
    });
    this.#encryptAndSend(room);
    return { messageId };
  }

  async retry(roomId: RoomId, messageId: MessageId): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    await room.transact(async step => {
      const item = this.#failed(step, messageId);
      if (item.file !== undefined) return this.#uploadAgain(step, item);
      await this.#queueText(step, item.text ?? '', item.replyTo?.messageId);
      step.dropOut(item.number);
    });
    this.#encryptAndSend(room);
  }

  async discard(roomId: RoomId, messageId: MessageId): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    await room.transact(step => deleteFailed(this.context, step, this.#failed(step, messageId)));
    await room.erasures.pay();
  }

  async markRead(roomId: RoomId, upTo?: number): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    let all = room.state.record.unread === 0;
    while (!all) {
      all = await room.transact(async step => {
        if (!(await beginCountingRead(this.context, step, upTo))) return false;
        room.receipts.markRead(step, await reading(this.context, step, upTo));
        return true;
      });
    }
  }

  async setTimer(roomId: RoomId, seconds: number | undefined): Promise<void> {
    assertTimer(seconds);
    const room = this.rooms.get(roomId).actor;
    await room.transact(step => {
      assertMaySay(this.context, step);
      if (timerOf(step.state) !== seconds) changeTimer(this.context, step, seconds);
    });
    this.#encryptAndSend(room);
  }

  setTyping(roomId: RoomId, active: boolean): void {
    this.rooms.get(roomId).actor.typing.say(active);
  }

  /** What the relay had of a message. Throws `UNKNOWN_MESSAGE`. */
  async serverSaw(roomId: RoomId, messageId: MessageId): Promise<ServerSaw> {
    const room = this.rooms.get(roomId).actor;
    const item = room.state.outbox.find(({ draft }) => draft.messageId === messageId);
    if (item !== undefined)
      return this.#saw(room, item.text ?? '', sawOnItsWay(room, item), this.context.identity.deviceId);
    const place = await this.context.vault.read(KEYS.place(roomId, messageId));
    if (place === undefined) throw new ClientError('UNKNOWN_MESSAGE', 'there is no such message');
    const { order } = decodeRecord<{ order: number }>(place);
    const record = await this.context.vault.read(KEYS.item(roomId, order));
    const message = record && decodeRecord<TimelineRecord>(record);
    if (message?.kind !== 'message') throw new ClientError('UNKNOWN_MESSAGE', 'there is no such message');
    return this.#saw(room, message.text, message.saw, message.author.deviceId);
  }

  async #saw(room: RoomActor, text: string, saw: SawRecord, author: string): Promise<ServerSaw> {
    const { roomId, state } = room;
    const roster = await readRoster(this.context.vault, roomId, saw.epoch);
    const devices = roster ?? viewOf(state)?.members.map(({ deviceId }) => deviceId) ?? [];
    return {
      ciphertext: saw.head,
      sizeBytes: saw.sizeBytes,
      writtenBytes: new TextEncoder().encode(text).length,
      seq: saw.seq,
      receivedAtMs: saw.receivedAtMs,
      epoch: saw.epoch,
      suite: ROOM_SUITE_NAME,
      recipients: devices
        .filter(deviceId => deviceId !== author)
        .map(deviceId => ({ deviceId, name: nameOf(state, shownBy(this.context), deviceId) })),
    };
  }

  async #queueText(
    step: RoomStep,
    text: string,
    replyTo: MessageId | undefined,
    chosenId?: MessageId,
  ): Promise<MessageId> {
    assertMaySay(this.context, step);
    const disappearAfterS = timerOf(step.state);
    const shown = {
      text,
      ...(await quoted(this.context, step, replyTo)),
      ...(disappearAfterS !== undefined && { disappearAfterS }),
    };
    const said = { type: 'text', text, replyTo, disappearAfterS } as const;
    const item = queueContent(this.context, step, 'text', said, shown, chosenId);
    if (item === undefined) throw new ClientError('NOT_A_MEMBER', 'this device is not in the room');
    const atMs = this.context.clock.nowMs();
    step.set({ lastActivityMs: atMs, preview: { text: previewOf(text), own: true, atMs } });
    return item.draft.messageId;
  }

  /** All that is at the relay already is not put there again. Under another id: the first was taken back. */
  #uploadAgain(
    step: RoomStep,
    { number, failed: _failed, appended: _, sealed: __, ...item }: OutRecord,
  ): void {
    assertMaySay(this.context, step);
    step.dropOut(number);
    queueFile(this.context, step, { ...item, file: item.file! });
  }

  #failed(step: RoomStep, messageId: MessageId): OutRecord {
    const item = step.state.outbox.find(
      ({ draft, failed }) => failed !== undefined && draft.messageId === messageId,
    );
    if (item === undefined) throw new ClientError('UNKNOWN_MESSAGE', 'there is no such failed message');
    return item;
  }

  /** The caller waits for neither: the text is on the disk. */
  #encryptAndSend(room: RoomActor): void {
    room.sealQueued().then(
      () => room.wake(),
      () => undefined,
    );
  }
}

function assertTimer(seconds: number | undefined): void {
  const { disappearAfterMinS, disappearAfterMaxS } = LIMITS;
  if (seconds === undefined) return;
  if (Number.isInteger(seconds) && seconds >= disappearAfterMinS && seconds <= disappearAfterMaxS) return;
  throw new ClientError('BAD_TIMER', `from ${disappearAfterMinS} to ${disappearAfterMaxS} seconds`);
}

function sawOnItsWay(room: RoomActor, { sealed, appended }: OutRecord): SawRecord {
  const payload = sealed?.payload ?? new Uint8Array(0);
  const epoch = sealed?.epoch ?? viewOf(room.state)?.epoch ?? 0;
  return { head: payload.slice(0, 256), sizeBytes: payload.length, ...appended, epoch };
}
