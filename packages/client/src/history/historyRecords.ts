import type { BlobId, DeviceId, StreamId } from '@sotto/protocol';

/** A stretch of one conversation that travels as one blob. */
export interface PlannedPart {
  readonly streamId: StreamId;
  /** Places of its first and last item. */
  readonly from: number;
  readonly to: number;
}

/** History on its way to another own device. Its plan is a record of its own: this one is written with every part. */
export interface GivenRecord {
  readonly to: DeviceId;
  readonly transferId: Uint8Array;
  readonly begunAtMs: number;
  /** Parts of the plan; absent until it is made. */
  readonly count?: number;
  /** The first part that is not at the relay yet. */
  readonly next: number;
  /** Parts at the relay that the other has said nothing of. */
  readonly out: readonly { readonly index: number; readonly blobId: BlobId }[];
  readonly refused: number;
}

/** History on its way from another own device. */
export interface TakenRecord {
  readonly from: DeviceId;
  readonly transferId: Uint8Array;
  readonly count: number;
  readonly done: number;
  readonly refused: number;
}

/** A part that was announced. `outcome`: it is dealt with, and the other is still to be told. */
export interface PartRecord {
  readonly index: number;
  /** An encoded `BlobReference`. */
  readonly blob: Uint8Array;
  readonly outcome?: 'taken' | 'refused';
}
