import type { EnginePort, RoomId } from '@sotto/client';

const REPEAT_MS = 4_000;
const IDLE_MS = 6_000;

/** Tells the others that one is writing: again every few seconds while one is, and when one stops. */
export class TypingSignal {
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly port: Pick<EnginePort, 'setTyping'>,
    readonly roomId: RoomId,
  ) {}

  /** After every key: whether there is something written now. */
  typed(anything: boolean): void {
    if (!anything) {
      this.stop();
      return;
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stop(), IDLE_MS);
    const nowMs = Date.now();
    if (nowMs - this.#saidAtMs < REPEAT_MS) return;
    this.#saidAtMs = nowMs;
    this.port.setTyping(this.roomId, true);
  }

  stop(): void {
    clearTimeout(this.#idle);
    if (this.#saidAtMs === Number.NEGATIVE_INFINITY) return;
    this.#saidAtMs = Number.NEGATIVE_INFINITY;
    this.port.setTyping(this.roomId, false);
  }
}
