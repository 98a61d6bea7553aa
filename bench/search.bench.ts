// Search over 100,000 made-up messages: the size of the index beside the text, building, loading, and 500 queries as
// they are typed. The baseline of the same run: a scan of all messages, folded beforehand, for the words of the query
// as parts of the text, without typing slips and without ranking.
import { buildSegment, type SearchableMessage, SearchIndex } from '@sotto/vault/search';
import { madeUpText, seeded, VOWELS, WORD_FORMS } from './madeUpText.ts';

const MESSAGES = 100_000;
const ROOMS = 8;
const AUTHORS_PER_ROOM = 6;
const MESSAGES_PER_SEGMENT = 512;
const ORDERS_PER_BLOCK = 2 ** 20;
const QUERIES = 500;
const WARM_UP_QUERIES = 25;
const SEED = 20_261_121;

const random = seeded(SEED);
const { forms, word, messageText, below, oneOf } = madeUpText(random);

interface Segment {
  readonly roomId: string;
  readonly block: number;
  readonly messages: SearchableMessage[];
}

function history(): Segment[] {
  const segments = new Map<string, Segment>();
  let sentAtMs = 1_700_000_000_000;
  for (let i = 0; i < MESSAGES; i += 1) {
    const room = Math.floor(i / (MESSAGES_PER_SEGMENT / 4)) % ROOMS;
    const inRoom = Math.floor(i / ROOMS);
    const block = Math.floor(inRoom / MESSAGES_PER_SEGMENT);
    const key = `${room}/${block}`;
    const segment = segments.get(key) ?? { roomId: `room ${room}`, block, messages: [] };
    segments.set(key, segment);
    sentAtMs += below(random() < 0.9 ? 60_000 : 3_600_000);
    segment.messages.push({
      order: block * ORDERS_PER_BLOCK + segment.messages.length * 2_048,
      messageId: String(i),
      authorId: `author ${room} ${below(AUTHORS_PER_ROOM)} with an id of some length`,
      sentAtMs,
      text: messageText(),
      hasAttachment: random() < 0.03,
    });
  }
  return [...segments.values()];
}

/** One letter wrong, missing, too many, or two swapped; never the first. */
function misspelt(right: string): string {
  const at = 1 + below(right.length - 2);
  const slips = [
    right.slice(0, at) + oneOf(VOWELS).charAt(0) + right.slice(at + 1),
    right.slice(0, at) + right.slice(at + 1),
    right.slice(0, at) + right.charAt(at) + right.slice(at),
    right.slice(0, at) + right.charAt(at + 1) + right.charAt(at) + right.slice(at + 2),
  ];
  return oneOf(slips);
}

function longWord(): string {
  for (;;) {
    const candidate = word();
    if (candidate.length >= 5) return candidate;
  }
}

const kinds: readonly (readonly [string, () => string])[] = [
  ['the first 1 to 4 letters of a word', () => word().slice(0, 1 + below(4))],
  ['a word with a typing slip', () => misspelt(longWord())],
  ['two words', () => `${word()} ${longWord()}`],
  ['one of the 50 most common words', () => forms[below(50)]!],
  ['three words, the last begun', () => `${word()} ${misspelt(longWord())} ${longWord().slice(0, 3)}`],
];

function percentile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

function timed(work: () => void): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

const segments = history();
const texts = segments.flatMap(segment => segment.messages.map(({ text }) => text));
const encoder = new TextEncoder();
const textBytes = texts.reduce((sum, text) => sum + encoder.encode(text).length, 0);
console.log(
  `${MESSAGES.toLocaleString('en')} messages (seed ${SEED}) in ${ROOMS} rooms, ${megabytes(textBytes)} of text, ` +
    `${(textBytes / MESSAGES).toFixed(0)} bytes each: ${WORD_FORMS.toLocaleString('en')} made-up word forms by Zipf's law, each word ` +
    `drawn apart from the others, some numbers, addresses and emoji; ${segments.length} segments of up to ${MESSAGES_PER_SEGMENT} messages`,
);

const buildStartedMs = performance.now();
const stored: Uint8Array[] = [];
for (const { messages } of segments) stored.push(await buildSegment(messages));
const buildMs = performance.now() - buildStartedMs;
const storedBytes = stored.reduce((sum, { length }) => sum + length, 0);
console.log(
  `index: ${megabytes(storedBytes)}, ${((100 * storedBytes) / textBytes).toFixed(1)} % of the text (goal: under 40 %); ` +
    `built in ${buildMs.toFixed(0)} ms, ${(buildMs / segments.length).toFixed(1)} ms a segment`,
);

const index = new SearchIndex();
const loadStartedMs = performance.now();
for (const [i, { roomId, block }] of segments.entries()) await index.loadSegment(roomId, block, stored[i]!);
console.log(`loaded from its segments in ${(performance.now() - loadStartedMs).toFixed(0)} ms`);

const folded = texts.map(plain);
// Warms the compiler and the caches; these are not counted.
for (let i = 0; i < WARM_UP_QUERIES; i += 1) index.search(kinds[i % kinds.length]![1](), { limit: 50 });
const allTimes: number[] = [];
const allScans: number[] = [];
const lines: string[] = [];
for (const [name, makeQuery] of kinds) {
  const times: number[] = [];
  const scans: number[] = [];
  let found = 0;
  for (let i = 0; i < QUERIES / kinds.length; i += 1) {
    const query = makeQuery();
    times.push(
      timed(() => {
        if (index.search(query, { limit: 50 }).length > 0) found += 1;
      }),
    );
    const words = plain(query).split(' ');
    scans.push(timed(() => folded.filter(text => words.every(each => text.includes(each)))));
  }
  allTimes.push(...times);
  allScans.push(...scans);
  lines.push(
    `  ${name}: p50 ${percentile(times, 0.5).toFixed(1)} ms, p99 ${percentile(times, 0.99).toFixed(1)} ms; ` +
      `scan p50 ${percentile(scans, 0.5).toFixed(1)} ms; ${found} of ${times.length} found something`,
  );
}
const [p50, p99] = [percentile(allTimes, 0.5), percentile(allTimes, 0.99)];
const [scan50, scan99] = [percentile(allScans, 0.5), percentile(allScans, 0.99)];
console.log(
  `${QUERIES} queries in all rooms, after ${WARM_UP_QUERIES} to warm up: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (goal: under 30 ms); ` +
    `plain scan of the folded text: p50 ${scan50.toFixed(1)} ms, p99 ${scan99.toFixed(1)} ms; ` +
    `ratio p50 ${(p50 / scan50).toFixed(2)}, p99 ${(p99 / scan99).toFixed(2)}`,
);
for (const line of lines) console.log(line);
