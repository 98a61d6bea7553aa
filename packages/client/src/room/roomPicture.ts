import type { CoreEnv } from '@sotto/core';
import { base62Encode, ProtocolError, roomPicture } from '@sotto/protocol';
import { ClientError } from '../intents.ts';

/** Enough to tell the pictures of a room apart. */
const ID_BYTES = 16;

const IDS = new WeakMap<Uint8Array, string>();

/** What a picture is known by to windows, which then ask for it once. Worked out once for each epoch. */
export function pictureIdOf({ provider }: Pick<CoreEnv, 'provider'>, picture: Uint8Array): string {
  const known = IDS.get(picture);
  if (known !== undefined) return known;
  const id = base62Encode(provider.hash('SHA-256', picture).subarray(0, ID_BYTES));
  IDS.set(picture, id);
  return id;
}

/** The picture out of what a person gave, without what else stood in it. Throws `BAD_PICTURE`. */
export function pictureIn(jpeg: Uint8Array): Uint8Array {
  try {
    return roomPicture(jpeg);
  } catch (error) {
    if (error instanceof ProtocolError) throw new ClientError('BAD_PICTURE', error.message);
    throw error;
  }
}
