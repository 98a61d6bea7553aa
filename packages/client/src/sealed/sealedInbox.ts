import {
  CoreError,
  type OpenedNote,
  openNote,
  type SealedKeyring,
  sealedPlaceOf,
  sealedReasonOf,
} from '@sotto/core';
import {
  type AccountId,
  DeviceId,
  decodeSealedDelivery,
  type Entry,
  MessageId,
  ProtocolError,
  type SealedDelivery,
  StreamId,
} from '@sotto/protocol';
import type { MoveCursor } from '../door/inbox.ts';
import type { Rooms } from '../engine/rooms.ts';
import type { RoomId } from '../projection.ts';
import type { FileRecord } from '../records/fileRecords.ts';
import { KEYS } from '../records/keys.ts';
import { PlainStep, type StepWrites } from '../records/plainStep.ts';
import type { SealedPlace } from '../records/roomRecords.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import { putGap } from '../room/gaps.ts';
import { lineOf } from '../room/messageFile.ts';
import { sawOf } from '../room/ownEntry.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { emptyRoom, type RoomState } from '../room/roomState.ts';
import type { RoomStep } from '../room/roomStep.ts';
import type { SealedRefusal } from '../sealedIntents.ts';
import { KeptAttachments } from './keptAttachments.ts';
import type { OthersKeys } from './othersKeys.ts';
import type { OwnSealedKeys } from './ownSealedKeys.ts';
import type { Sources } from './sources.ts';
import { type CameSealed, WaitingMessages } from './waitingMessages.ts';

/** What sealed messages are read with. */
export interface SealedInboxMeans {
  readonly keys: OwnSealedKeys;
  readonly others: OthersKeys;
  readonly sources: Sources;
  readonly heardFrom: (accountId: AccountId) => Promise<void>;
}

/** What came of one sealed message. */
type Outcome = { readonly note: OpenedNote } | { readonly refused: SealedRefusal };

/**
 * Sealed messages out of this device's inbox, into rooms of their own: one for what strangers leave, one for each source
 * and each person. One transaction holds the message and the inbox's cursor; what is not taken is shown as a gap.
 */
export class SealedInbox {
  /** Large ones, which come after their entries. */
  readonly waiting: WaitingMessages;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly means: SealedInboxMeans,
    private readonly makeRoom: (state: RoomState) => RoomActor,
  ) {
    this.waiting = new WaitingMessages(context, async (came, noted) => {
      if (await this.#take(came, noted)) return;
      const step = new PlainStep();
      noted(step);
      await step.commit(context.vault);
    });
  }

  /** False for what changes nothing: it came before, or is by somebody who is blocked. Rejects with `ConnectionLost`. */
  async receive(entry: Entry, moveCursor: MoveCursor): Promise<boolean> {
    const { seq, receivedAtMs, payload } = entry;
    const delivery = deliveryIn(entry);
    if (delivery?.stored !== undefined) {
      await this.waiting.add(entry, delivery, moveCursor);
      return true;
    }
    const came: CameSealed =
      delivery === undefined
        ? { seq, receivedAtMs, payload, sourceId: undefined, refused: 'malformed' }
        : { seq, receivedAtMs, payload: delivery.message, sourceId: delivery.sourceId };
    return this.#take(came, moveCursor);
  }

  async #take(came: CameSealed, noted: (step: StepWrites) => void): Promise<boolean> {
    const outcome = await this.#open(came);
    if ('refused' in outcome && outcome.refused === 'replayed') return false;
    const sender = 'note' in outcome ? outcome.note.sender : undefined;
    if (sender !== undefined && this.context.people.isBlocked(sender)) return false;
    const place = placeOf(came.sourceId, sender);
    if (sender !== undefined) await this.#lookAt(sender);
    const room = await this.#roomFor(place);
    const attachments = 'note' in outcome ? outcome.note.attachments : [];
    const kept = await KeptAttachments.keep(this.context, room.roomId, attachments);
    try {
      await room.transact(async step => {
        this.#begin(step, place);
        if ('note' in outcome) this.#put(step, came, place, outcome.note, kept.files);
        else await this.#refuse(step, came, outcome.refused);
        kept.settle(step);
        noted(step);
      });
    } catch (error) {
      await kept.drop();
      throw error;
    }
    return true;
  }

  /** Names of sources are what their rooms are called. */
  async nameRooms(): Promise<void> {
    for (const { actor } of this.rooms.all) {
      const { sealed, title } = actor.state.record;
      const name = sealed?.kind === 'source' ? this.means.sources.find(sealed.sourceId)?.name : undefined;
      if (name === undefined || name === title) continue;
      await actor.transact(step => step.set({ title: name })).catch(() => undefined);
    }
  }

  async #open(came: CameSealed): Promise<Outcome> {
    if (came.refused !== undefined) return { refused: came.refused };
    if (this.means.keys.keyring === undefined) await this.means.keys.refresh();
    const first = await this.#openWith(this.means.keys.keyring, came);
    if (!('refused' in first) || first.refused !== 'unknown-key') return first;
    // Another device may have made other keys since.
    await this.means.keys.refresh();
    return this.#openWith(this.means.keys.keyring, came);
  }

  async #openWith(keyring: SealedKeyring | undefined, { sourceId, payload }: CameSealed): Promise<Outcome> {
    if (keyring === undefined) return { refused: 'unknown-key' };
    const { env, vault } = this.context;
    try {
      const note = await openNote(env, new TextDecoder().decode(payload), {
        keyring,
        senderKeys: accountId => this.means.others.newest(accountId),
        scope: sourceId ?? '',
        seen: async messageId => (await vault.read(KEYS.sealedSeen(messageId))) !== undefined,
      });
      return { note };
    } catch (error) {
      const refused = sealedReasonOf(error);
      if (refused === undefined) throw error;
      return { refused };
    }
  }

  /** Rejects with `ConnectionLost`: the message is read again in the next session. */
  async #lookAt(sender: AccountId): Promise<void> {
    try {
      await this.means.heardFrom(sender);
    } catch (error) {
      if (!(error instanceof RelayFailure)) throw error;
    }
  }

  async #roomFor(place: SealedPlace): Promise<RoomActor> {
    const roomId = this.#roomIdOf(place);
    const found = this.rooms.all.find(({ actor }) => actor.roomId === roomId)?.actor;
    if (found !== undefined && !found.erasing) return found;
    await found?.erase();
    return this.makeRoom(emptyRoom(roomId, this.context.clock.nowMs()));
  }

  /** The same on every device of the account. */
  #roomIdOf(place: SealedPlace): RoomId {
    const hash = sealedPlaceOf(this.context.env, this.context.identity.accountId, wordOf(place));
    return StreamId.fromBytes(hash.slice(0, StreamId.sizeBytes));
  }

  /** A room is stored with the first message in it. */
  #begin(step: RoomStep, place: SealedPlace): void {
    if (step.state.record.sealed !== undefined) return;
    const known = place.kind === 'person' && this.context.people.acquaintance(place.accountId) !== 'stranger';
    step.set({
      membership: 'left',
      created: true,
      sealed: place,
      title: this.#titleOf(place),
      ...(place.kind === 'person' && { addedBy: place.accountId }),
      ...(place.kind !== 'source' && !known && { request: 'asked' }),
    });
  }

  #titleOf(place: SealedPlace): string {
    if (place.kind === 'source') return this.means.sources.find(place.sourceId)?.name ?? '';
    const handle = place.kind === 'person' ? this.context.people.handle(place.accountId) : undefined;
    return handle === undefined ? '' : `@${handle}`;
  }

  async #refuse(step: RoomStep, came: CameSealed, reason: SealedRefusal): Promise<void> {
    await putGap(this.context, step, came.seq, 'undecryptable', 1, reason);
    step.set({ lastActivityMs: this.context.clock.nowMs() });
  }

  /** A file stands in a message of its own, the first one beside the words. */
  #put(
    step: RoomStep,
    came: CameSealed,
    place: SealedPlace,
    note: OpenedNote,
    files: readonly FileRecord[],
  ): void {
    const { clock, events, people } = this.context;
    const { messageId, text, sentAtMs } = note;
    const name = this.#nameOf(place, note);
    const said = {
      kind: 'message',
      author: {
        deviceId: this.#deviceIdOf(place),
        name,
        guest: place.kind !== 'person',
        role: place.kind === 'person' ? 'member' : 'guest',
        self: false,
      },
      counter: came.seq,
      sentAtMs,
      saw: sawOf(step, came),
    } as const;
    const [first, ...others] = files;
    step.putItem(came.seq, { ...said, messageId, text, ...(first && { file: first }) });
    for (const [at, file] of others.entries())
      step.putItem(came.seq, { ...said, messageId: this.#idBeside(messageId, at), text: '', file });
    step.write(KEYS.sealedSeen(messageId), {});
    const atMs = clock.nowMs();
    const { roomId, unread } = step.state.record;
    step.set({
      lastActivityMs: atMs,
      preview: { ...lineOf({ text, ...(first && { file: first }) }), own: false, atMs },
      unread: unread + 1 + others.length,
    });
    const muted = place.kind === 'source' && this.means.sources.find(place.sourceId)?.muted === true;
    if (!muted && !people.isMuted(roomId)) step.afterwards(() => events.notice(roomId, 'message', name));
  }

  /** The same on every device, and not to be guessed before the message is known. */
  #idBeside(messageId: MessageId, at: number): MessageId {
    const bytes = new TextEncoder().encode(`sotto/sealed-file-v1\0${messageId}\0${at}`);
    const hash = this.context.env.provider.hash('SHA-256', bytes);
    return MessageId.fromBytes(hash.slice(0, MessageId.sizeBytes));
  }

  #nameOf(place: SealedPlace, note: OpenedNote): string {
    if (place.kind === 'source') return this.means.sources.find(place.sourceId)?.name ?? '';
    if (place.kind === 'person') return this.context.people.handle(place.accountId) ?? '';
    return note.from ?? '';
  }

  /** Whoever writes here has no device that is known: the place stands for it. */
  #deviceIdOf(place: SealedPlace): DeviceId {
    const hash = sealedPlaceOf(this.context.env, this.context.identity.accountId, wordOf(place));
    return DeviceId.fromBytes(hash.slice(-DeviceId.sizeBytes));
  }
}

function deliveryIn({ payload }: Entry): SealedDelivery | undefined {
  try {
    return decodeSealedDelivery(payload);
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof CoreError) return undefined;
    throw error;
  }
}

function placeOf(sourceId: SealedDelivery['sourceId'], sender: OpenedNote['sender']): SealedPlace {
  if (sourceId !== undefined) return { kind: 'source', sourceId };
  return sender === undefined ? { kind: 'strangers' } : { kind: 'person', accountId: sender };
}

function wordOf(place: SealedPlace): string {
  if (place.kind === 'source') return place.sourceId;
  return place.kind === 'person' ? place.accountId : place.kind;
}
