import {
  type AccountId,
  base64urlDecode,
  base64urlEncode,
  type Content,
  DeviceId,
  decodeContent,
  encodeContent,
  LIMITS,
  MessageId,
  ProtocolError,
  StreamId,
} from '@sotto/protocol';
import { equalBytes, utf8 } from '../bytes.ts';
import type { EntryOutcome } from '../conversation/entryOutcome.ts';
import { brokenByContent } from '../conversation/rules.ts';
import type { Draft } from '../conversation/sealContent.ts';
import { NOTHING_YET, takeCounter } from '../conversation/senderOrder.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { verifyCertificate } from '../identity/certificate.ts';
import { assertMembers, textOf } from './jsonParts.ts';
import { decryptGeneral, encryptGeneral } from './jwe.ts';
import { readJws, signClaims, verifyJws } from './jws.ts';
import type { VerifiedSealedKeys } from './publishedKeys.ts';
import type { SealedKeyring } from './sealedKeyring.ts';
import { accountIdIn, timeIn } from './sealedMessage.ts';
import { type BadSealedReason, refuseSealed, sealedReasonOf } from './sealedRefusal.ts';
import {
  beginSealedRoom,
  changed,
  forgotten,
  SEALED_RULES,
  type SealedDevice,
  type SealedRoom,
  type SealedRoomStep,
  sealedMember,
  withSender,
} from './sealedRoom.ts';

const TYPE = 'sotto-sealed-room+jwt';
const CERTIFICATES = 2 * LIMITS.devicesPerAccount;
/** What stands under every signature: by whom and to whom, which message, when, in which room, from which device. */
export const ENVELOPE = ['iss', 'aud', 'jti', 'iat', 'room', 'device'] as const;

/** Who reads and writes in a sealed room. */
export interface SealedTalker {
  readonly keyring: SealedKeyring;
  /** What the account at the other end has published: the newest known. */
  readonly others: VerifiedSealedKeys;
}

/** An entry of a sealed room, opened. */
export interface OpenedSealedEntry extends SealedRoomStep {
  readonly outcome: EntryOutcome;
  /** Why it is not taken. */
  readonly reason?: BadSealedReason;
}

type Claims = Readonly<Record<string, unknown>>;

/** A draft as a JWE over a JWS, to the keys of both accounts: the payload of an append. */
export async function sealInSealedRoom(
  room: SealedRoom,
  talker: SealedTalker,
  draft: Draft,
): Promise<Uint8Array> {
  const content = decodeContent(draft.content);
  const { body } = content;
  const plain = body.type === 'text' && body.replyTo === undefined && body.disappearAfterS === undefined;
  const said = plain ? { text: body.text } : { content: base64urlEncode(draft.content) };
  const { messageId, sentAtMs, counter } = draft;
  return sealClaims(room, talker, { jti: messageId, iat: sentAtMs / 1_000, counter, ...said });
}

/**
 * Which devices are in the room, by their certificates: the payload of a commit, and of the Welcome for those it adds.
 * Each account speaks for its own devices; the founder's first word is for both.
 */
export function sealRoster(
  env: CoreEnv,
  room: SealedRoom,
  talker: SealedTalker,
  certificates: readonly Uint8Array[],
): Promise<Uint8Array> {
  const jti = MessageId.fromBytes(env.random(MessageId.sizeBytes));
  const members = certificates.map(base64urlEncode);
  return sealClaims(room, talker, { jti, iat: env.nowMs() / 1_000, members });
}

/** The account goes out of the room with all its devices: a roster that has none of them any more. */
export function sealLeave(env: CoreEnv, room: SealedRoom, talker: SealedTalker): Promise<Uint8Array> {
  return sealRoster(env, room, talker, []);
}

/**
 * Opens the next entry of a room's stream. Does not throw for anything foreign; what is refused has changed nothing but,
 * for a commit, the count of commits.
 */
export async function openInSealedRoom(
  env: CoreEnv,
  room: SealedRoom,
  talker: SealedTalker,
  entry: { readonly kind: 'message' | 'commit'; readonly payload: Uint8Array },
): Promise<OpenedSealedEntry> {
  const counted =
    entry.kind === 'commit' ? changed({ ...room, streamEpoch: room.streamEpoch + 1 }) : undefined;
  const before = counted ?? { room, writes: [] };
  try {
    const claims = await openClaims(entry.payload, talker, room);
    const author = authorOf(room, claims, talker);
    return entry.kind === 'commit'
      ? takeRoster(env, before.room, author, claims)
      : takeContent(before.room, author, claims);
  } catch (error) {
    const reason = sealedReasonOf(error);
    if (reason === undefined) throw error;
    const cause = reason === 'replayed' ? 'replayed' : 'damaged';
    return { ...before, outcome: { type: 'undecryptable', cause }, reason };
  }
}

/** Who invites, before it is known whether they signed it: their keys are to be looked up. Throws `BAD_SEALED_MESSAGE`. */
export async function inviterOf(keyring: SealedKeyring, welcome: Uint8Array): Promise<AccountId> {
  const { plaintext } = await decryptGeneral(new TextDecoder().decode(welcome), keyring.decryptionKey);
  return accountIdIn(readJws(plaintext, TYPE).claims.iss);
}

/** Goes into a room that somebody has made with this account. Throws `BAD_SEALED_MESSAGE`. */
export async function enterSealedRoom(
  env: CoreEnv,
  self: { readonly deviceId: DeviceId; readonly accountId: AccountId },
  keyring: SealedKeyring,
  inviter: VerifiedSealedKeys,
  welcome: Uint8Array,
): Promise<SealedRoomStep> {
  const { plaintext } = await decryptGeneral(new TextDecoder().decode(welcome), keyring.decryptionKey);
  const unverified = readJws(plaintext, TYPE);
  const { claims } = unverified;
  const [from, to] = [accountIdIn(claims.iss), accountIdIn(claims.aud)];
  if (from !== inviter.accountId) throw refuseSealed('unknown-sender');
  await verifyJws(unverified, inviter);
  assertMembers(claims, [...ENVELOPE, 'members'], [], 'unsupported');
  if (to !== self.accountId && from !== self.accountId) throw refuseSealed('wrong-recipient');
  const streamId = streamIdIn(claims.room);
  const devices = devicesIn(env, claims.members, [from, to]);
  if (!devices.some(({ deviceId }) => deviceId === self.deviceId)) throw refuseSealed('wrong-recipient');
  return beginSealedRoom({
    streamId,
    selfDeviceId: self.deviceId,
    founderAccountId: from,
    peerAccountId: to,
    devices,
  });
}

/** What this device says in a room, signed, and encrypted to those who are to read it: else to both accounts. */
export async function sealClaims(
  room: SealedRoom,
  { keyring, others }: SealedTalker,
  said: object,
  readers = [others.encryption, keyring.own.published.encryption],
): Promise<Uint8Array> {
  const { published } = keyring.own;
  const claims = {
    iss: published.accountId,
    aud: others.accountId,
    room: room.streamId,
    device: room.selfDeviceId,
    ...said,
  };
  const jws = await signClaims(await keyring.signer(), TYPE, claims);
  return utf8(await encryptGeneral(readers, 'JWT', utf8(jws)));
}

/** What somebody in the room said, once it is known that they signed it. Throws `BAD_SEALED_MESSAGE`. */
export async function openClaims(
  payload: Uint8Array,
  { keyring, others }: SealedTalker,
  room: SealedRoom,
): Promise<Claims> {
  const { plaintext } = await decryptGeneral(new TextDecoder().decode(payload), keyring.decryptionKey);
  const unverified = readJws(plaintext, TYPE);
  const { claims } = unverified;
  const sender = accountIdIn(claims.iss);
  const own = keyring.own.published;
  if (sender !== own.accountId && sender !== others.accountId) throw refuseSealed('unknown-sender');
  await verifyJws(unverified, sender === own.accountId ? own : others);
  const recipient = accountIdIn(claims.aud);
  if (recipient !== (sender === own.accountId ? others.accountId : own.accountId))
    throw refuseSealed('wrong-recipient');
  if (streamIdIn(claims.room) !== room.streamId) throw refuseSealed('wrong-room');
  return claims;
}

function authorOf(room: SealedRoom, claims: Claims, { keyring, others }: SealedTalker): SealedDevice {
  const accountId = accountIdIn(claims.iss);
  const { accountKey } = accountId === others.accountId ? others : keyring.own.published;
  const deviceId = textOf(claims.device, 64);
  if (!DeviceId.is(deviceId)) throw refuseSealed('malformed');
  // No account speaks for a device of the other.
  const known = room.devices.find(device => device.deviceId === deviceId);
  if (known !== undefined && known.accountId !== accountId) throw refuseSealed('unknown-sender');
  return { deviceId, accountId, accountKey };
}

function takeContent(room: SealedRoom, author: SealedDevice, claims: Claims): OpenedSealedEntry {
  if (author.deviceId === room.selfDeviceId)
    return { room, writes: [], outcome: { type: 'own', unspent: false } };
  const content = contentIn(claims);
  const order = room.senders.get(author.deviceId) ?? NOTHING_YET;
  const placed = takeCounter(order, content.messageId, content.counter);
  // What was counted before is no more than a copy: every message can be read again for ever.
  if (placed === undefined || placed.place.place === 'repeated') throw refuseSealed('replayed');
  const member = sealedMember(room, author);
  const taken = withSender(room, author.deviceId, placed.order);
  const rule = content.counter === 0 ? 'content-kind' : brokenByContent(SEALED_RULES, member, content.body);
  if (rule !== undefined) return { ...taken, outcome: { type: 'refused', author: member, rule } };
  return {
    ...taken,
    outcome: { type: 'content', author: member, content, order: placed.place, fork: false },
  };
}

function takeRoster(env: CoreEnv, room: SealedRoom, author: SealedDevice, claims: Claims): OpenedSealedEntry {
  assertMembers(claims, [...ENVELOPE, 'members'], [], 'unsupported');
  const accounts = [room.founderAccountId, room.peerAccountId];
  const said = devicesIn(env, claims.members, accounts);
  const first = room.streamEpoch === 1 && author.accountId === room.founderAccountId;
  const devices = first
    ? said
    : [
        ...room.devices.filter(({ accountId }) => accountId !== author.accountId),
        ...said.filter(({ accountId }) => accountId === author.accountId),
      ];
  const leaves = !said.some(({ accountId }) => accountId === author.accountId);
  const own = author.deviceId === room.selfDeviceId;
  const self = room.devices.filter(({ deviceId }) => deviceId === room.selfDeviceId);
  // Only its own account takes this very device out, and only together with all the others: one that names some of
  // them may not know of this one yet. The device that says so goes out by itself.
  const selfRemoved = leaves && !own && self.some(({ accountId }) => accountId === author.accountId);
  const all = [...devices, ...(selfRemoved ? [] : self.filter(({ deviceId }) => !has(devices, deviceId)))];
  const next = selfRemoved ? forgotten(room) : changed({ ...room, devices: all });
  const member = (device: SealedDevice) => sealedMember(room, device);
  return {
    ...next,
    outcome: {
      type: 'commit',
      by: member(author),
      own,
      change: {
        joined: all.filter(({ deviceId }) => !has(room.devices, deviceId)).map(member),
        removed: room.devices
          .filter(({ deviceId }) => !has(all, deviceId))
          .map(device => ({
            member: member(device),
            leaving: leaves && device.accountId === author.accountId,
          })),
        title: undefined,
        picture: undefined,
        announcements: undefined,
        roles: [],
        accountsMade: [],
        addedAgain: [],
      },
      selfRemoved,
      dropped: undefined,
    },
  };
}

function contentIn(claims: Claims): Content {
  const plain = claims.text !== undefined;
  assertMembers(claims, [...ENVELOPE, 'counter', plain ? 'text' : 'content'], [], 'unsupported');
  const messageId = textOf(claims.jti, 64);
  const { counter } = claims;
  if (!MessageId.is(messageId) || !Number.isSafeInteger(counter)) throw refuseSealed('malformed');
  const sentAtMs = timeIn(claims.iat);
  const envelope = { messageId, counter: counter as number, sentAtMs };
  if (plain) {
    const text = textOf(claims.text, LIMITS.textBytes);
    const body = { type: 'text', text, replyTo: undefined, disappearAfterS: undefined } as const;
    return decoded(() => decodeContent(encodeContent({ ...envelope, body })));
  }
  const content = decoded(() => decodeContent(base64urlDecode(textOf(claims.content, LIMITS.payloadBytes))));
  const same =
    content.messageId === messageId && content.counter === counter && content.sentAtMs === sentAtMs;
  if (!same) throw refuseSealed('malformed');
  return content;
}

/** Devices of these accounts, each certified by its own. */
function devicesIn(env: CoreEnv, members: unknown, accounts: readonly AccountId[]): readonly SealedDevice[] {
  if (!Array.isArray(members) || members.length > CERTIFICATES) throw refuseSealed('malformed');
  const devices = members.map(member => {
    const { deviceId, accountId, accountKey, kind } = certificateIn(env, member);
    if (!accounts.includes(accountId) || kind !== 'member') throw refuseSealed('wrong-room');
    return { deviceId, accountId, accountKey };
  });
  if (devices.some((device, at) => devices.findIndex(other => sameDevice(device, other)) < at))
    throw refuseSealed('malformed');
  return devices;
}

function certificateIn(env: CoreEnv, member: unknown) {
  try {
    return verifyCertificate(
      env,
      decoded(() => base64urlDecode(textOf(member, 2 * LIMITS.certificateBytes))),
    );
  } catch (error) {
    if (error instanceof CoreError && error.code === 'BAD_CERTIFICATE') throw refuseSealed('bad-signature');
    throw error;
  }
}

function streamIdIn(value: unknown): StreamId {
  const text = textOf(value, 64);
  if (!StreamId.is(text)) throw refuseSealed('malformed');
  return text;
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw refuseSealed(error.code === 'UNSUPPORTED' ? 'unsupported' : 'malformed');
  }
}

const has = (devices: readonly SealedDevice[], deviceId: DeviceId): boolean =>
  devices.some(device => device.deviceId === deviceId);
const sameDevice = (a: SealedDevice, b: SealedDevice): boolean =>
  a.deviceId === b.deviceId && equalBytes(a.accountKey, b.accountKey);
