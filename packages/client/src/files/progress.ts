import { LIMITS, type MessageId } from '@sotto/protocol';
import type { Clock } from '../ports.ts';
import type { RoomId } from '../projection.ts';
import type { TimelineChange } from '../room/roomContext.ts';
import type { FileGate } from './fileGate.ts';

/** Windows are told at most so often. */
const TOLD_EVERY_MS = 200;

/** How far one file has come: noted with each chunk, shown a few times a second. */
export class Progress {
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly gate: FileGate,
    private readonly of: {
      readonly roomId: RoomId;
      readonly keptAs: MessageId;
      readonly sizeBytes: number;
      /** Its message, where it stands in the log. */
      readonly items?: TimelineChange['items'];
    },
  ) {}

  left(chunks: number, chunkCount: number): void {
    const { roomId, keptAs, sizeBytes, items } = this.of;
    const doneBytes = Math.min(sizeBytes, (chunkCount - chunks) * LIMITS.blobChunkBytes);
    this.gate.progress(keptAs, doneBytes);
    const nowMs = this.clock.nowMs();
    if (nowMs - this.#toldAtMs < TOLD_EVERY_MS) return;
    this.#toldAtMs = nowMs;
    this.gate.tell(roomId, items);
  }
}
