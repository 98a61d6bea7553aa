import {
  DeviceId,
  decodeTrustRecord,
  encodeTrustRecord,
  type SignedTrustRecord,
  type TrustRecord,
} from '@sotto/protocol';
import { decoded } from '../decoded.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { accountIdOf } from '../identity/ids.ts';
import { LABELS, signLabelled, verifyLabelled } from '../labels.ts';

/** Signs what this device knows of a contact, for one's own other devices. */
export function signTrustRecord(
  env: Pick<CoreEnv, 'provider'>,
  identity: DeviceIdentity,
  record: TrustRecord,
): SignedTrustRecord {
  const bytes = encodeTrustRecord(record);
  const signature = signLabelled(env.provider, identity.accountPrivateKey, LABELS.trustRecord, bytes);
  return { record: bytes, signature };
}

/**
 * A record that a device of one's own account signed. Throws `BAD_TRUST_RECORD` where another key signed it, or where
 * the key in it is not behind the id; `MALFORMED`, `UNSUPPORTED`.
 */
export function verifyTrustRecord(
  env: Pick<CoreEnv, 'provider'>,
  own: Pick<DeviceIdentity, 'accountKey'>,
  { record, signature }: SignedTrustRecord,
): TrustRecord {
  if (!verifyLabelled(env.provider, own.accountKey, LABELS.trustRecord, record, signature)) {
    throw new CoreError('BAD_TRUST_RECORD', 'not signed by one’s own account');
  }
  const said = decoded(() => decodeTrustRecord(record));
  if (accountIdOf(env, said.accountKey) !== said.accountId) {
    throw new CoreError('BAD_TRUST_RECORD', 'the key is not behind the id');
  }
  return said;
}

/**
 * The newer of two records of one contact: the higher counter; of equal ones, that of the higher device id, which no
 * device chooses freely. Every own device comes to the same, in whatever order it hears of them.
 */
export function newerTrustRecord(a: TrustRecord, b: TrustRecord): TrustRecord {
  if (a.counter !== b.counter) return a.counter > b.counter ? a : b;
  const [bytesA, bytesB] = [DeviceId.toBytes(a.deviceId), DeviceId.toBytes(b.deviceId)];
  const at = bytesA.findIndex((byte, place) => byte !== bytesB[place]);
  if (at < 0) return textOf(a) >= textOf(b) ? a : b;
  return bytesA[at]! > bytesB[at]! ? a : b;
}

/** One device gives one counter once; a broken one must still not split the others. */
function textOf(record: TrustRecord): string {
  return encodeTrustRecord(record).join();
}
