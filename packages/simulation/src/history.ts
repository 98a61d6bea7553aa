/** How an operation ended for the one who asked: `unknown` where the program died before it could say. */
export type Outcome = 'ok' | 'failed' | 'unknown';

/** A text that somebody wrote. No two texts of a history are equal. */
export interface WrittenText {
  readonly text: string;
  readonly who: string;
  readonly room: string;
  /** Counts what this person wrote in this room. */
  readonly index: number;
  readonly outcome: Outcome;
  /** Its author's screen has shown it as sent, delivered or read. */
  readonly acknowledged: boolean;
  /** Its author has tried again, so that it may stand behind later ones. */
  readonly retried: boolean;
  /** Its place in the room's stream, where anyone has learnt it. */
  readonly seq: number | undefined;
}

/** A text on a screen. */
export interface ShownText {
  readonly key: string;
  readonly order: number;
  readonly text: string;
  /** Device id of the one it is said to be from. */
  readonly from: string;
}

/** What a device has of a room when everything has come to rest. */
export interface RoomLog {
  readonly who: string;
  readonly room: string;
  /** In the order of the screen. */
  readonly texts: readonly ShownText[];
  /** Gaps and warnings, in words. */
  readonly alarms: readonly string[];
  readonly membership: 'joining' | 'member' | 'left' | 'removed';
  /** Device ids, sorted. */
  readonly members: readonly string[];
  readonly epoch: number;
  /** Hexadecimal; empty where the device is not in the room (any more). */
  readonly epochAuthenticator: string;
}

/** When a device was in a room, by what the relay has stored: it may read what stands after `fromSeq`, up to `toSeq`. */
export interface Stay {
  readonly who: string;
  readonly deviceId: string;
  readonly room: string;
  readonly fromSeq: number;
  /** Infinite while it is in. */
  readonly toSeq: number;
}

/** Everything that was done and seen, in the form that can be checked. */
export interface Evidence {
  readonly texts: readonly WrittenText[];
  readonly logs: readonly RoomLog[];
  readonly stays: readonly Stay[];
  /** Texts that stood on one screen twice at some moment. */
  readonly seenTwice: readonly { readonly who: string; readonly room: string; readonly text: string }[];
  /** Rooms that were ended: what had not arrived by then is gone by design. */
  readonly endedRooms: readonly string[];
  /** What should have come to an end and did not, in words. */
  readonly unfinished: readonly string[];
  /** Errors that nobody should ever see, in words. */
  readonly crashes: readonly string[];
}

interface Writing {
  text: string;
  who: string;
  room: string;
  index: number;
  outcome: Outcome;
  acknowledged: boolean;
  retried: boolean;
  seq: number | undefined;
}

/** Notes what happens while it happens. */
export class History {
  readonly #texts = new Map<string, Writing>();
  readonly #counts = new Map<string, number>();
  readonly #seenTwice = new Map<string, Evidence['seenTwice'][number]>();
  readonly #operations = { ok: 0, failed: 0, unknown: 0 };
  readonly #refusals = new Map<string, number>();
  readonly crashes: string[] = [];
  readonly endedRooms = new Set<string>();

  /** Makes the next text of somebody in a room. Its outcome is unknown until `done`. */
  write(who: string, room: string): string {
    const key = `${who}/${room}`;
    const index = this.#counts.get(key) ?? 0;
    this.#counts.set(key, index + 1);
    const text = `${who} in ${room}: number ${index}`;
    this.#texts.set(text, {
      text,
      who,
      room,
      index,
      outcome: 'unknown',
      acknowledged: false,
      retried: false,
      seq: undefined,
    });
    return text;
  }

  outcomeOf(text: string, outcome: Outcome): void {
    const writing = this.#texts.get(text);
    if (writing !== undefined) writing.outcome = outcome;
  }

  retried(text: string): void {
    const writing = this.#texts.get(text);
    if (writing !== undefined) writing.retried = true;
  }

  /** An author's screen shows the text as sent. Returns whether that is news. */
  acknowledged(text: string): boolean {
    const writing = this.#texts.get(text);
    if (writing === undefined || writing.acknowledged) return false;
    writing.acknowledged = true;
    return true;
  }

  placed(text: string, seq: number): void {
    const writing = this.#texts.get(text);
    if (writing !== undefined) writing.seq = seq;
  }

  seenTwice(who: string, room: string, text: string): void {
    this.#seenTwice.set(`${who}/${room}/${text}`, { who, room, text });
  }

  /** An operation ended; `code` says why it failed. */
  ended(outcome: Outcome, code = ''): void {
    this.#operations[outcome] += 1;
    if (code !== '') this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1);
  }

  get operations(): Readonly<Record<Outcome, number>> {
    return this.#operations;
  }

  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  get texts(): readonly WrittenText[] {
    return [...this.#texts.values()];
  }

  get repeats(): Evidence['seenTwice'] {
    return [...this.#seenTwice.values()];
  }
}
