export type Direction = 'to-relay' | 'to-device';

/** A place between device and relay where frames can be seen, changed, held back and made up. */
export interface Wire {
  /** What arrives in place of a frame: usually the frame itself. */
  pass(direction: Direction, who: string, frame: Uint8Array): readonly Uint8Array[];
}

/** Passes everything on. */
export const HONEST_WIRE: Wire = { pass: (_direction, _who, frame) => [frame] };
