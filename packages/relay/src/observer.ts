import type { WireErrorCode } from '@sotto/protocol';

/** What operators may know of a relay: codes and counts, never ids, tokens, addresses or payloads. */
export interface RelayObserver {
  connectionOpened(): void;
  connectionClosed(code: number): void;
  sessionOpened(): void;
  sessionClosed(): void;
  frameReceived(type: string, sizeBytes: number): void;
  requestRefused(code: WireErrorCode): void;
  entriesAppended(count: number): void;
  entriesPushed(count: number): void;
  swept(facts: { readonly deletedEntries: number; readonly deletedStreams: number }): void;
  /** Something that should not happen: the name of the step and the class of the error. */
  failed(step: string, error: unknown): void;
}

const ignore = (): void => undefined;

export const noObserver: RelayObserver = {
  connectionOpened: ignore,
  connectionClosed: ignore,
  sessionOpened: ignore,
  sessionClosed: ignore,
  frameReceived: ignore,
  requestRefused: ignore,
  entriesAppended: ignore,
  entriesPushed: ignore,
  swept: ignore,
  failed: ignore,
};
