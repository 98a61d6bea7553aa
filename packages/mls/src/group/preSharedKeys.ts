import { MlsError } from '../errors.ts';
import type { PreSharedKey } from '../keySchedule/preSharedKey.ts';
import type { PreSharedKeyId, ResumptionPskId } from '../keySchedule/preSharedKeyId.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import type { Epoch } from './group.ts';

/** Gives the caller's external PSK of that id, where it is known. */
export type PskLookup = (id: Uint8Array) => Uint8Array | undefined;

/** The resumption PSK of an epoch of this group, where it was kept. */
export function resumptionPsk(
  epoch: Epoch,
  id: Pick<ResumptionPskId, 'groupId' | 'epoch'>,
): Uint8Array | undefined {
  if (!bytesEqual(id.groupId, epoch.context.groupId)) return undefined;
  if (id.epoch === epoch.context.epoch) return epoch.secrets.resumptionPsk;
  return epoch.resumptionPsks.find(kept => kept.epoch === id.epoch)?.psk;
}

/**
 * The PSKs that a Commit or Welcome asks for.
 * @param epoch where resumption PSKs of this group come from; a new member has none
 * @param link the PSK of the group that this one is made of
 * @throws {MlsError} `PSK_UNKNOWN`
 */
export function findPsks(
  ids: readonly PreSharedKeyId[],
  epoch: Epoch | undefined,
  lookup: PskLookup | undefined,
  link?: PreSharedKey,
): PreSharedKey[] {
  return ids.map(id => {
    if (id === link?.id) return link;
    const psk = id.kind === 'external' ? lookup?.(id.id) : epoch && resumptionPsk(epoch, id);
    if (psk === undefined)
      throw new MlsError('PSK_UNKNOWN', 'pre-shared key is not known', { kind: id.kind });
    return { id, psk };
  });
}
