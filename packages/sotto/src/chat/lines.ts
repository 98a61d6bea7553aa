import type { Conversation, RoomView } from '@sotto/client/node';
import { fileWords } from '../terminal/fileWords.ts';
import { shownLine, shownText } from '../terminal/shown.ts';
import { durationWords } from './duration.ts';

/** An item of a log, as the engine gives it. */
export type Item = Parameters<Parameters<Conversation['onTimeline']>[0]>[0]['upserts'][number];
type RoomEvent = Extract<Item, { kind: 'event' }>['event'];

/** `14:35`, with the day in front where it is another than today. */
export function timeOf(ms: number, nowMs: number): string {
  const date = new Date(ms);
  const clock = `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
  if (date.toDateString() === new Date(nowMs).toDateString()) return clock;
  const day = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
  return `${day} ${clock}`;
}

/**
 * One item of the log as lines of text: everything that is said in colour elsewhere is said in words. `blocked`: devices
 * whose words are not shown.
 */
export function lineOf(item: Item, nowMs: number, blocked: ReadonlySet<string> = new Set()): string {
  switch (item.kind) {
    case 'message': {
      const { author, text, sentAtMs, replyTo, send, disappearAfterS, file } = item;
      if (blocked.has(author.deviceId))
        return `${timeOf(sentAtMs, nowMs)} · A message of ${shownLine(author.name)}, whom you have blocked.`;
      const name = author.self ? 'You' : `${shownLine(author.name)}${author.guest ? ' (guest)' : ''}`;
      const quote =
        replyTo && (replyTo.text !== '' || replyTo.file !== undefined)
          ? `\n    > ${shownLine(replyTo.name)}: ${shownLine(replyTo.text || replyTo.file!.name)}`
          : '';
      const state =
        send === undefined || send.state === 'sent' || send.state === 'sending' ? '' : ` (${send.state})`;
      const brought = file === undefined ? '' : `${fileWords(file, author.self ? '' : '/save')} `;
      const said = item.deleted === true ? '(deleted)' : `${brought}${shownText(text)}`.trimEnd();
      const stays = disappearAfterS === undefined ? '' : ` (stays ${durationWords(disappearAfterS)})`;
      return `${timeOf(sentAtMs, nowMs)} ${name}: ${said}${state}${stays}${quote}`;
    }
    case 'event':
      return `${timeOf(item.atMs, nowMs)} · ${eventWords(item.event)}`;
    case 'gap':
      return `${timeOf(item.atMs, nowMs)} · ${gapWords(item.cause, item.count)}`;
  }
}

function gapWords(cause: Extract<Item, { kind: 'gap' }>['cause'], count: number): string {
  const messages = count === 1 ? 'A message' : `${count} messages`;
  switch (cause) {
    case 'undecryptable':
      return `${messages} cannot be read.`;
    case 'missing':
      return `${messages} did not arrive.`;
    case 'expired-at-relay':
      return `${messages} waited too long at the server and are gone.`;
    case 'unsupported':
      return `${messages} cannot be read by this version.`;
  }
}

function eventWords(event: RoomEvent): string {
  const who = 'name' in event ? shownLine(event.name) : '';
  const by = 'byName' in event ? shownLine(event.byName) : '';
  switch (event.type) {
    case 'created':
      return 'The conversation begins here.';
    case 'joined':
      return event.self ? 'You came in.' : `${who}${event.guest ? ' (guest)' : ''} came in.`;
    case 'left':
      return event.self ? 'You left.' : `${who} left.`;
    case 'removed':
      return event.self ? `${by} removed you.` : `${by} removed ${who}.`;
    case 'paused':
      return `${by} paused the chat.`;
    case 'resumed':
      return `${by} resumed the chat.`;
    case 'ended':
      return `${by} ended the chat.`;
    case 'role-changed':
      return `${by} made ${event.self ? 'you' : who} ${event.role}.`;
    case 'device-added':
      return event.self ? 'A device of yours came in.' : `${who} has another device here.`;
    case 'device-removed':
      return event.self ? 'A device of yours is gone.' : `A device of ${who} is gone.`;
    case 'fell-out':
      return event.self
        ? 'This device could not follow any more.'
        : `A device of ${who} could not follow any more.`;
    case 'added-again':
      return event.self ? 'This device was added again.' : `A device of ${who} was added again.`;
    case 'account-made':
      return event.self ? 'You have an account now.' : `${who} has an account now.`;
    case 'keys-changed':
      return `The keys of ${who} have changed: verify them before you write (/verify ${who}).`;
    case 'announcements':
      return event.on ? `${by} lets only owners and admins write.` : `${by} lets everybody write.`;
    case 'title':
      return event.title === ''
        ? `${event.self ? 'You' : by} took the title away.`
        : `${event.self ? 'You' : by} changed the title to “${shownLine(event.title)}”.`;
    case 'picture':
      return `${event.self ? 'You' : by} ${event.on ? 'changed the picture' : 'took the picture away'}.`;
    case 'timer':
      return event.seconds === undefined
        ? `${event.self ? 'You let' : `${by} lets`} messages stay.`
        : `${event.self ? 'You let' : `${by} lets`} messages disappear ${durationWords(event.seconds)} after they are read.`;
  }
}

/** A conversation in the list: its number, title, what is new. */
export function listLine(number: number, title: string, room: RoomView): string {
  const marks = [
    room.unread > 0 ? `${room.unread} unread` : '',
    room.request === undefined ? '' : 'wants to write to you: open it, then /accept or /decline',
    room.knocks.length > 0 ? `${room.knocks.length} at the door` : '',
    room.condition === 'open' ? '' : room.condition,
    room.membership === 'member' ? '' : room.membership,
    room.muted === true ? 'muted' : '',
  ].filter(mark => mark !== '');
  return `${String(number).padStart(3)}  ${shownLine(title) || 'Untitled'}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`;
}

/** Who is writing, for the prompt. */
export function typingWords(names: readonly string[]): string {
  const [first, ...more] = names;
  if (first === undefined) return '';
  return more.length === 0 ? `${shownLine(first).slice(0, 16)} is typing` : `${names.length} are typing`;
}

/** Why nothing can be said in a conversation, and what to do about it; `undefined`: it can. */
export function blockedWords({ sendingBlocked, condition, request }: RoomView): string | undefined {
  if (request !== undefined) return 'They ask to write to you: /accept or /decline.';
  if (condition === 'ended') return 'This chat has ended. What was said can be read.';
  if (condition === 'paused') return 'This chat is paused.';
  switch (sendingBlocked?.why) {
    case 'keys-changed':
      return 'The keys of somebody here have changed: nothing is sent until you decide. /who, then /verify or /keys.';
    case 'not-verified':
      return 'You write to verified people only, and somebody here is not: /who, then /verify.';
    case 'blocked':
      return 'You have blocked them: /unblock to write.';
    case 'announcements':
      return 'Only those who run this group write here.';
    case 'goes-on-elsewhere':
    case 'keys-replaced':
      return 'This conversation goes on in another one with the same person: /list.';
    default:
      return undefined;
  }
}
