import { utf8Chunks } from './chunks.ts';
import type { ExportOptions } from './exportJson.ts';
import type {
  ArchivedConversation,
  ArchivedItem,
  ArchivedMessage,
  ArchivedPerson,
  ConversationSource,
} from './history.ts';
import { escaped, isolated } from './markup.ts';
import { PAGE_STYLE } from './pageStyle.ts';
import { counted, DELETED, eventMarkup, fileMarkup, gapMarkup, SAFE_KEEPING, UNTITLED } from './pageWords.ts';
import { walk } from './walk.ts';

export const PAGE_MEDIA_TYPE = 'text/html';

export interface PageOptions extends ExportOptions {
  /** Of days and times; what the platform has unless given. */
  readonly timeZone?: string;
}

/** A page runs nothing and fetches nothing, whatever is written in it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/** Messages of one author under one name. */
const RUN_MS = 10 * 60_000;

/**
 * A history in clear, as one HTML page for people: no script, nothing fetched, light and dark, printable.
 *
 * Whoever gets the file can read it: ask first. Every text is shown as it was written, links as text. Throws
 * `CANCELLED`, or `RECORD_DAMAGED` for an item that does not fit.
 */
export function exportPage(
  sources: readonly ConversationSource[],
  options: PageOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return utf8Chunks(pagePieces(sources, options));
}

async function* pagePieces(
  sources: readonly ConversationSource[],
  options: PageOptions,
): AsyncGenerator<string> {
  const clock = new Clock(options.timeZone);
  const alone = sources.length === 1;
  yield head(sources, clock.day(options.exportedAtMs), alone);
  let log: Log | undefined;
  let place = 0;
  for await (const record of walk(sources, options)) {
    if (record.kind === 'conversation') {
      yield `${log ? `${log.end()}</section>` : ''}${opening(record.conversation, place, alone, clock)}`;
      log = new Log(clock);
      place += 1;
    } else if (log && record.kind === 'item') yield log.next(record.item);
  }
  yield `${log ? `${log.end()}</section>` : ''}\n<footer>${SAFE_KEEPING}</footer>\n</main>\n</body>\n</html>\n`;
}

function head(sources: readonly ConversationSource[], exportedOn: string, alone: boolean): string {
  const title = alone ? titleOf(sources[0]!.conversation) : 'History';
  const start = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<p class="brand">sotto</p>
`;
  if (alone) return start;
  const contents = sources.map(
    ({ conversation, itemCount }, place) =>
      `<a href="#chat-${place}">${isolated(titleOf(conversation))}<span>${counted(itemCount, 'entry', 'entries')}</span></a>\n`,
  );
  const about = `${counted(sources.length, 'conversation', 'conversations')}, exported on ${exportedOn}`;
  return `${start}<h1>History</h1>\n<p class="about">${about}</p>\n<nav aria-label="Conversations">\n${contents.join('')}</nav>\n`;
}

function opening(conversation: ArchivedConversation, place: number, alone: boolean, clock: Clock): string {
  const level = alone ? 'h1' : 'h2';
  const names = conversation.members.map(({ name, self }) => (self ? 'you' : isolated(name))).join(', ');
  const facts = [`Since ${clock.day(conversation.startedAtMs)}`, ...(names ? [`with ${names}`] : [])];
  return `<section class="chat${alone ? ' only' : ''}" id="chat-${place}">
<${level} dir="auto">${escaped(titleOf(conversation))}</${level}>
<p class="about">${facts.join(' · ')}</p>
`;
}

/** The markup of one conversation's items, one after the other. */
class Log {
  #day: string | undefined;
  #last: ArchivedMessage | undefined;

  constructor(private readonly clock: Clock) {}

  next(item: ArchivedItem): string {
    const day = this.clock.day(item.kind === 'message' ? item.sentAtMs : item.atMs);
    let separator = '';
    if (day !== this.#day) {
      separator = `${this.end()}<section class="day"><h3>${day}</h3>\n`;
      this.#day = day;
      this.#last = undefined;
    }
    return separator + this.#markup(item);
  }

  end(): string {
    return this.#day === undefined ? '' : '</section>\n';
  }

  #markup(item: ArchivedItem): string {
    if (item.kind === 'message') {
      const goesOn = this.#last !== undefined && isSameRun(this.#last, item);
      this.#last = item;
      return message(item, !goesOn, this.clock);
    }
    this.#last = undefined;
    if (item.kind === 'event') return `<p class="note">${eventMarkup(item.event)}</p>\n`;
    return `<p class="note gap">${gapMarkup(item)}</p>\n`;
  }
}

function isSameRun(before: ArchivedMessage, now: ArchivedMessage): boolean {
  const sameAuthor = before.author.deviceId === now.author.deviceId && before.author.name === now.author.name;
  return sameAuthor && Math.abs(now.sentAtMs - before.sentAtMs) < RUN_MS;
}

function message(item: ArchivedMessage, first: boolean, clock: Clock): string {
  const { author, replyTo, reactions } = item;
  const quote = replyTo
    ? `<blockquote class="quote"><b>${isolated(replyTo.name)}</b><p class="text" dir="auto">${escaped(replyTo.text)}</p></blockquote>`
    : '';
  const text = item.deleted
    ? `<p class="gone">${DELETED}</p>`
    : `${item.file ? `<p class="file">${fileMarkup(item.file)}</p>` : ''}${item.text === '' && item.file ? '' : `<p class="text" dir="auto">${escaped(item.text)}</p>`}`;
  const pills = (reactions ?? []).map(
    ({ emoji, count }) => `<span>${isolated(emoji)}${count > 1 ? ` ${count}` : ''}</span>`,
  );
  const under = pills.length > 0 ? `<div class="pills">${pills.join('')}</div>` : '';
  const classes = `msg${author.self ? ' own' : ''}${first ? ' first' : ''}`;
  const time = `<time${clock.attribute(item.sentAtMs)}>${clock.time(item.sentAtMs)}${item.edited ? ' · edited' : ''}</time>`;
  const bubble = `<div class="bubble">${quote}${text}${under}</div>`;
  return `${first && !author.self ? who(author) : ''}<article class="${classes}">${bubble}${time}</article>\n`;
}

function who({ name, guest, role }: ArchivedPerson): string {
  const mark = guest ? 'guest' : role === 'owner' ? 'host' : '';
  return `<p class="who">${isolated(name)}${mark ? `<span class="mark">${mark}</span>` : ''}</p>`;
}

function titleOf({ title }: ArchivedConversation): string {
  return title.trim() === '' ? UNTITLED : title;
}

/** Days and times in words. A sender may claim a time that no calendar has. */
class Clock {
  readonly #day: Intl.DateTimeFormat;
  readonly #time: Intl.DateTimeFormat;

  constructor(timeZone: string | undefined) {
    const zone = timeZone === undefined ? {} : { timeZone };
    this.#day = new Intl.DateTimeFormat('en-GB', { ...zone, dateStyle: 'full' });
    this.#time = new Intl.DateTimeFormat('en-GB', { ...zone, hour: '2-digit', minute: '2-digit' });
  }

  day(atMs: number): string {
    return isDate(atMs) ? this.#day.format(atMs) : 'Some day';
  }

  time(atMs: number): string {
    return isDate(atMs) ? this.#time.format(atMs) : '';
  }

  attribute(atMs: number): string {
    const iso = isDate(atMs) ? new Date(atMs).toISOString() : '';
    // Years beyond 9999 have no place in the attribute.
    return /^\d/.test(iso) ? ` datetime="${iso}"` : '';
  }
}

function isDate(atMs: number): boolean {
  return !Number.isNaN(new Date(atMs).getTime());
}
