import { MlsError, type Opened, open, peek } from '@sotto/mls';
import { type Bundle, type Content, decodeBundle, decodeContent, ProtocolError } from '@sotto/protocol';
import type { CoreEnv, StateWrite } from '../env.ts';
import { CoreError } from '../errors.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import { cleanName } from '../names.ts';
import { memberAsking } from './askAgain.ts';
import type { EntryOutcome, UndecryptableCause } from './entryOutcome.ts';
import { isIntroduced } from './introduction.ts';
import type { RoomMember } from './member.ts';
import { tellsOfFork } from './receipts.ts';
import { groupWrites, roomWrite, senderWrite } from './records.ts';
import { brokenByContent } from './rules.ts';
import { type SenderOrder, takeCounter, takeUnread } from './senderOrder.ts';
import type { ConversationState } from './state.ts';

/** The state after an entry, what to store, and what the entry was. */
export interface OpenedEntry {
  readonly state: ConversationState;
  readonly writes: readonly StateWrite[];
  readonly outcome: EntryOutcome;
  readonly wipe?: readonly Uint8Array[];
}

type Application = Extract<Opened, { readonly kind: 'application' }>;

/** Opens an entry of kind `message`: one application message, nothing else. */
export function openMessageEntry(env: CoreEnv, state: ConversationState, payload: Uint8Array): OpenedEntry {
  const asked = askedAgain(env, state, payload);
  if (asked !== undefined) return asked;
  const messages = bundledMessages(payload);
  const [message] = messages;
  if (message === undefined || messages.length !== 1) return undecryptable(state, 'malformed');
  const opened = openApplication(env, state, message);
  if (opened === 'own' || opened === 'own-unspent') {
    return { state, writes: [], outcome: { type: 'own', unspent: opened === 'own-unspent' } };
  }
  if (typeof opened === 'string') return undecryptable(state, opened);
  const author = state.seen.byLeaf.get(opened.senderLeafIndex);
  if (author === undefined) return undecryptable(state, 'unknown-sender');
  const ratcheted = { ...state, group: opened.group };
  return { ...read(env, ratcheted, groupWrites(opened.writes), author, opened.plaintext), wipe: opened.wipe };
}

/** What is in the clear: a member's device asks to be added again. `undefined` for every other entry. */
function askedAgain(env: CoreEnv, state: ConversationState, payload: Uint8Array): OpenedEntry | undefined {
  const { askAgain } = bundleIn(payload) ?? {};
  if (askAgain === undefined) return undefined;
  const author = memberAsking(env, state, askAgain);
  if (author === undefined) return undecryptable(state, 'malformed');
  return { state, writes: [], outcome: { type: 'asks-again', author } };
}

function bundleIn(payload: Uint8Array): Bundle | undefined {
  try {
    return decodeBundle(payload);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/**
 * The MLS messages of an entry; none when it does not decode, or holds anything but encrypted messages of members: a
 * room knows no PublicMessage, and so no external joins or proposals (RFC 9420 §6.2, §12.4.3.2).
 */
export function bundledMessages(payload: Uint8Array): readonly Uint8Array[] {
  const { mlsMessages = [] } = bundleIn(payload) ?? {};
  try {
    return mlsMessages.every(message => peek(message).kind === 'private') ? mlsMessages : [];
  } catch (error) {
    if (error instanceof MlsError) return [];
    throw error;
  }
}

/** Why the engine could not read a message of another member. */
export function causeOf({ code, facts }: MlsError): UndecryptableCause {
  switch (code) {
    case 'WRONG_GROUP':
      return 'wrong-group';
    case 'WRONG_EPOCH':
      return isPast(facts) ? 'past-epoch' : 'wrong-epoch';
    case 'REPLAYED':
      return 'replayed';
    case 'TOO_FAR_AHEAD':
      return 'too-far-ahead';
    case 'UNKNOWN_SENDER':
      return 'unknown-sender';
    case 'DECRYPT_FAILED':
    case 'BAD_SIGNATURE':
    case 'BAD_MAC':
      return 'damaged';
    default:
      return 'malformed';
  }
}

function isPast({ messageEpoch, groupEpoch }: MlsError['facts']): boolean {
  return Number(messageEpoch) < Number(groupEpoch);
}

function openApplication(
  env: CoreEnv,
  state: ConversationState,
  message: Uint8Array,
): Application | UndecryptableCause | 'own' | 'own-unspent' {
  try {
    // A commit must not hide in a message entry, where the relay does not count it.
    const opened = open(mlsEnvOf(env), state.group, message, { authorize: () => false });
    return opened.kind === 'application' ? opened : 'malformed';
  } catch (error) {
    if (!(error instanceof MlsError)) throw error;
    if (error.code !== 'OWN_MESSAGE') return causeOf(error);
    return error.facts.unspent === 1 ? 'own-unspent' : 'own';
  }
}

/** Takes an authenticated plaintext: its place in the sender's order, then what it says and whether it may. */
function read(
  env: CoreEnv,
  state: ConversationState,
  writes: readonly StateWrite[],
  author: RoomMember,
  plaintext: Uint8Array,
): OpenedEntry {
  const order = state.senders.get(author.deviceId);
  const content = decodedContent(plaintext);
  if (typeof content === 'string') {
    const taken = withSender(state, writes, author, takeUnread(order));
    return { ...taken, outcome: { type: 'unreadable', author, why: content } };
  }
  if (content.counter === 0) {
    return { state, writes, outcome: { type: 'refused', author, rule: 'content-kind' } };
  }
  const placed = takeCounter(order, content.messageId, content.counter);
  if (placed === undefined) {
    const { messageId, counter } = content;
    return { state, writes, outcome: { type: 'duplicate', author, messageId, counter } };
  }
  const taken = withSender(state, writes, author, placed.order);
  const rule = brokenByContent(state.seen.policy, author, content.body);
  if (rule !== undefined) return { ...taken, outcome: { type: 'refused', author, rule } };
  const shown = withShownName(content);
  if (shown === undefined) return { ...taken, outcome: { type: 'refused', author, rule: 'name' } };
  if (
    content.body.type === 'introduction' &&
    !isIntroduced(env, state.seen.streamId, author.deviceId, content.body)
  ) {
    return { ...taken, outcome: { type: 'refused', author, rule: 'identity' } };
  }
  const fork = content.body.type === 'receipt' && tellsOfFork(content.body, state.epochs);
  const outcome: EntryOutcome = { type: 'content', author, content: shown, order: placed.place, fork };
  if (content.body.type !== 'leave') return { ...taken, outcome };
  const noted = noteLeaving(taken.state, author);
  return { state: noted, writes: [...taken.writes, roomWrite(noted.room)], outcome };
}

function decodedContent(plaintext: Uint8Array): Content | 'unsupported' | 'malformed' {
  try {
    return decodeContent(plaintext);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.code === 'UNSUPPORTED' ? 'unsupported' : 'malformed';
  }
}

/** The content with its profile name cleaned; `undefined` when nothing of the name can be shown. */
function withShownName(content: Content): Content | undefined {
  if (content.body.type !== 'profile') return content;
  try {
    return { ...content, body: { ...content.body, name: cleanName(content.body.name) } };
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

function withSender(
  state: ConversationState,
  writes: readonly StateWrite[],
  author: RoomMember,
  order: SenderOrder | undefined,
): Pick<OpenedEntry, 'state' | 'writes'> {
  if (order === undefined) return { state, writes };
  const senders = new Map(state.senders).set(author.deviceId, order);
  return { state: { ...state, senders }, writes: [...writes, senderWrite(author.deviceId, order)] };
}

function noteLeaving(state: ConversationState, author: RoomMember): ConversationState {
  const leaving = [...state.room.leaving.filter(deviceId => deviceId !== author.deviceId), author.deviceId];
  return { ...state, room: { ...state.room, leaving } };
}

function undecryptable(state: ConversationState, cause: UndecryptableCause): OpenedEntry {
  return { state, writes: [], outcome: { type: 'undecryptable', cause } };
}
