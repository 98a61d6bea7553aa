import type { ArchivedEvent, ArchivedFile, ArchivedItem } from './history.ts';
import { isolated } from './markup.ts';

/** The sentences of an exported page, as markup. Names stand in them isolated. */

const plural = new Intl.PluralRules('en');

export function counted(count: number, one: string, other: string): string {
  return `${count.toLocaleString('en')} ${plural.select(count) === 'one' ? one : other}`;
}

const UNITS = [
  [604_800, 'week', 'weeks'],
  [86_400, 'day', 'days'],
  [3_600, 'hour', 'hours'],
  [60, 'minute', 'minutes'],
  [1, 'second', 'seconds'],
] as const;

/** `1 day`, `90 minutes`, `4 weeks`: whole, in the largest unit that divides it. */
function lasting(seconds: number): string {
  const [unitS, one, other] = UNITS.find(([unit]) => seconds % unit === 0) ?? UNITS[4];
  return counted(seconds / unitS, one, other);
}

export const UNTITLED = 'Conversation';
export const DELETED = 'This message was deleted';
export const SAFE_KEEPING = 'This page is not encrypted. Whoever has the file can read it.';

export function eventMarkup(event: ArchivedEvent): string {
  switch (event.type) {
    case 'created':
      return 'The chat began';
    case 'joined': {
      const guest = event.guest ? ' as a guest' : '';
      return event.self ? `You joined${guest}` : `${isolated(event.who.name)} joined${guest}`;
    }
    case 'left':
      return event.self ? 'You left' : `${isolated(event.who.name)} left`;
    case 'removed':
      return `${isolated(event.by.name)} removed ${event.self ? 'you' : isolated(event.who.name)}`;
    case 'paused':
      return `${isolated(event.by.name)} paused the chat`;
    case 'resumed':
      return `${isolated(event.by.name)} resumed the chat`;
    case 'ended':
      return `${isolated(event.by.name)} ended the chat`;
    case 'title': {
      const who = event.self ? 'You' : isolated(event.by.name);
      return event.title === ''
        ? `${who} took the title away`
        : `${who} changed the title to “${isolated(event.title)}”`;
    }
    case 'picture': {
      const who = event.self ? 'You' : isolated(event.by.name);
      return event.on ? `${who} changed the picture` : `${who} took the picture away`;
    }
    case 'timer': {
      const who = event.self ? 'You' : isolated(event.by.name);
      return event.seconds === 0
        ? `${who} turned disappearing messages off`
        : `${who} set new messages to disappear ${lasting(event.seconds)} after they are read`;
    }
  }
}

export function fileMarkup({ name, sizeBytes }: ArchivedFile): string {
  return `${isolated(name)} <span>(${counted(sizeBytes, 'byte', 'bytes')}; the file is not in this page)</span>`;
}

export function gapMarkup({ cause, count }: Extract<ArchivedItem, { kind: 'gap' }>): string {
  const messages = counted(count, 'message', 'messages');
  switch (cause) {
    case 'undecryptable':
      return `${messages} could not be decrypted`;
    case 'missing':
      return `${messages} never arrived`;
    case 'expired-at-relay':
      return `${messages} expired before this device was online`;
    case 'unsupported':
      return `${messages} of a kind that this version did not know`;
  }
}
