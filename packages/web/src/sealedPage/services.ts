import type { SealedAddress, SealedDoorCode, SealedLetter } from '@sotto/client/sealed-door';

/** A file as it goes. */
export interface LetterFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** What somebody wrote. */
export interface Writing {
  readonly text: string;
  readonly from: string | undefined;
  /** The same list as long as they are the same files. */
  readonly files: readonly LetterFile[];
}

/** Told how much of a message has gone. */
export type Progress = (doneBytes: number, allBytes: number) => void;

/** What the page touches of the world; the gallery gives it another one. Each throws `SealedDoorError`. */
export interface SealedServices {
  lookUp(handle: string, expected: string): Promise<SealedAddress>;
  seal(address: SealedAddress, writing: Writing): Promise<SealedLetter>;
  post(address: SealedAddress, letter: SealedLetter, progress?: Progress): Promise<void>;
}

/** The code of a refusal, and when to try again. Whatever else goes wrong is the server's trouble: its code did not load. */
export function refusalIn(error: unknown, nowMs: number): { code: SealedDoorCode; retryAtMs: number } {
  const { code, retryAfterMs } = Object(error) as { code?: SealedDoorCode; retryAfterMs?: number };
  const name = Object(error).name;
  if (name !== 'SealedDoorError' || code === undefined) return { code: 'SERVER_TROUBLE', retryAtMs: nowMs };
  // To the next full minute: a clock without seconds must not be early.
  const retryAtMs = Math.ceil((nowMs + (retryAfterMs ?? 0)) / 60_000) * 60_000;
  return { code, retryAtMs };
}
