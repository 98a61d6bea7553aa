import { exportSecret } from '@sotto/mls';
import { type ContentBody, decodeContent, encodeContent, MessageId, StreamId } from '@sotto/protocol';
import { concatBytes } from '../bytes.ts';
import { decoded } from '../decoded.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { LABELS, signLabelled, verifyLabelled } from '../labels.ts';
import { byEngine, mlsEnvOf } from '../mlsEnv.ts';
import { openSealed, seal } from '../sealed.ts';
import { type Conversation, stateOf } from './conversation.ts';
import type { RoomMember } from './member.ts';
import { brokenByEphemeral } from './rules.ts';
import { assertMember, type ConversationState } from './state.ts';

/** What may travel without being stored. */
export type EphemeralBody = Extract<ContentBody, { readonly type: 'typing' | 'presence' }>;

const SIGNATURE_BYTES = 64;
const BUCKET_BYTES = 256;

/**
 * Encrypts a signal that is pushed to those online and never stored, under a key of the epoch with a random nonce:
 * no state moves, so that signals lost on the way do not wear out the message ratchets. Signed by the device, so that
 * no member can speak for another. The relay can repeat one within its epoch: what it says must not matter that much.
 * Throws `REMOVED`, `NOT_ALLOWED` (typing, where only owners and admins write).
 */
export function sealEphemeral(
  env: CoreEnv,
  conversation: Conversation,
  identity: DeviceIdentity,
  body: EphemeralBody,
): Uint8Array {
  const state = stateOf(conversation);
  assertMember(state);
  const rule = brokenByEphemeral(state.seen.policy, state.seen.self, body);
  if (rule !== undefined)
    throw new CoreError('NOT_ALLOWED', `the room's rules do not allow it: ${rule}`, { rule });
  const messageId = MessageId.fromBytes(env.random(MessageId.sizeBytes));
  const content = encodeContent({ messageId, counter: 0, sentAtMs: env.nowMs(), body });
  const signature = signLabelled(
    env.provider,
    identity.devicePrivateKey,
    LABELS.ephemeral,
    signedPart(state, content),
  );
  const leaf = leafBytes(state.seen.self.leafIndex);
  return seal(
    env,
    { ...purposeOf(env, state), bucketBytes: BUCKET_BYTES },
    concatBytes(leaf, signature, content),
  );
}

/** The signal and who sent it, or `undefined` for anything that does not open now: signals are never waited for. */
export function openEphemeral(
  env: CoreEnv,
  conversation: Conversation,
  payload: Uint8Array,
): { readonly author: RoomMember; readonly body: EphemeralBody; readonly sentAtMs: number } | undefined {
  const state = stateOf(conversation);
  if (state.removed) return undefined;
  try {
    const opened = openSealed(env, purposeOf(env, state), payload);
    const signature = opened.slice(4, 4 + SIGNATURE_BYTES);
    const content = opened.slice(4 + SIGNATURE_BYTES);
    const author = state.seen.byLeaf.get(leafOf(opened));
    const deviceKey = state.seen.info.members.find(
      ({ leafIndex }) => leafIndex === author?.leafIndex,
    )?.signatureKey;
    if (author === undefined || deviceKey === undefined || author.deviceId === state.seen.self.deviceId) {
      return undefined;
    }
    if (!verifyLabelled(env.provider, deviceKey, LABELS.ephemeral, signedPart(state, content), signature)) {
      return undefined;
    }
    const { body, sentAtMs } = decoded(() => decodeContent(content));
    if (body.type !== 'typing' && body.type !== 'presence') return undefined;
    return brokenByEphemeral(state.seen.policy, author, body) ? undefined : { author, body, sentAtMs };
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

/** How old a signal of presence may be, for clocks and slow ways. */
const PRESENCE_GOOD_FOR_MS = 5 * 60_000;

/**
 * Whether a signal of presence says how it is now: newer than the last one taken from its device, and not too old by
 * this device's clock. The relay can repeat one within its epoch, and would show somebody who is gone.
 */
export function isPresenceNow(
  env: Pick<CoreEnv, 'nowMs'>,
  sentAtMs: number,
  lastTakenAtMs: number | undefined,
): boolean {
  const ageMs = env.nowMs() - sentAtMs;
  return Math.abs(ageMs) <= PRESENCE_GOOD_FOR_MS && sentAtMs > (lastTakenAtMs ?? 0);
}

/** The key of the epoch and what it is bound to. */
export function purposeOf(env: CoreEnv, state: ConversationState) {
  const context = StreamId.toBytes(state.seen.streamId);
  const key = byEngine('BAD_STATE', () =>
    exportSecret(mlsEnvOf(env), state.group, LABELS.ephemeralKey, context, 32),
  );
  return { key, label: LABELS.ephemeral, context };
}

/** What the device signs: the room, the epoch and the content. */
function signedPart({ seen }: ConversationState, content: Uint8Array): Uint8Array {
  return concatBytes(StreamId.toBytes(seen.streamId), seen.info.epochAuthenticator, content);
}

function leafBytes(leafIndex: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, leafIndex);
  return bytes;
}

function leafOf(opened: Uint8Array): number {
  return opened.length < 4 ? -1 : new DataView(opened.buffer, opened.byteOffset, 4).getUint32(0);
}
