import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EditDistance } from './editDistance.ts';
import {
  buildSegment,
  matchesPhrase,
  type SearchableMessage,
  SearchIndex,
  type SearchOptions,
  snippetOf,
} from './index.ts';
import { LIKENESS, Likeness } from './likeness.ts';
import { searchableMessage as message, searchableMessages } from './messages.fixture.ts';
import { parseQuery, type QueryTerm } from './query.ts';
import { termsOf } from './terms.ts';

const finds: readonly (readonly [string, string])[] = [
  ['Über den Straßen', 'strassen'],
  ['Über den Straßen', 'STRASSE'],
  ['Die Größe', 'grosse'],
  ['İstanbul ışık', 'istanbul isik'],
  ['e-mail schreiben', 'email'],
  ['email schreiben', 'e-mail'],
  ['the well known one', 'well-known'],
  ["don't go", 'dont'],
  ["l'homme", 'homme'],
  ['see https://example.com/path/file.html', 'example path'],
  ['mail anna.b@example.org', 'anna.b@example.org'],
  ['meeting tomorrow', 'meetnig'],
  ['meeting tomorrow', 'tomorow meeting'],
  ['programming is', 'progrma'],
  ['我们在东京都见面', '东京'],
  ['我们在东京都见面', '京'],
  ['我们在东京都见面', '面'],
  ['ラーメンを食べた', 'らーめん'],
  ['ﾗｰﾒﾝ', 'ラーメン'],
  ['한국어는 어렵다', '국어'],
  ['한국어는 어렵다', '한구'],
  ['한국어는 어렵다', '하'],
  ['ภาษาไทยสนุก', 'ไทย'],
  ['كِتَابٌ جديد', 'كتاب'],
  ['أحمد إلى المدرسة', 'احمد'],
  ['مدرســـة', 'مدرسه'],
  ['שָׁלוֹם לכולם', 'שלום'],
  ['Ёлка и мёд', 'елка'],
  ['Привет, как дела', 'првиет'],
  ['so 😂 funny 👍🏽', '👍'],
  ['family 👨‍👩‍👧 here', '👨‍👩‍👧'],
  ['family 👨‍👩‍👧 here', '👨'],
  ['🇩🇪🇫🇷', '🇫🇷'],
  ['ＦＵＬＬ width', 'full'],
  ['at ١٢٣ street', '123'],
];

test.each(finds)('%s is found by %s', async (text, query) => {
  const index = new SearchIndex();
  index.put('room', 0, message(1, text));
  index.put('room', 0, message(2, 'xyz'));
  expect(index.search(query, { limit: 10 }).map(hit => hit.order)).toEqual([1]);
  const loaded = new SearchIndex();
  await loaded.loadSegment('room', 0, await buildSegment([message(1, text), message(2, 'xyz')]));
  expect(loaded.search(query, { limit: 10 })).toEqual(index.search(query, { limit: 10 }));
});

const misses: readonly (readonly [string, string])[] = [
  ['meeting tomorrow', 'eeting'],
  ['meeting tomorrow', 'meeting yesterday'],
  ['in the year 2024', '2025'],
  ['cat', 'cut'],
  ['hand', 'band'],
  ['我们在东京都见面', '京东'],
  ['かき', 'がき'],
  ['house', '"hous" x'],
  ['anything', '!!!'],
  ['anything', ''],
];

test.each(misses)('%s is not found by %s', (text, query) => {
  const index = new SearchIndex();
  index.put('room', 0, message(1, text));
  expect(index.search(query, { limit: 10 })).toEqual([]);
});

function indexOf(texts: readonly string[]): SearchIndex {
  const index = new SearchIndex();
  for (const each of searchableMessages(texts)) index.put('room', 0, each);
  return index;
}

const ordersOf = (index: SearchIndex, query: string, options: Partial<SearchOptions> = {}) =>
  index.search(query, { limit: 100, ...options }).map(hit => hit.order);

test('words as typed come before begun ones, those before slips, and of equals the newest first', () => {
  const index = indexOf(['station', 'stationary', 'statoin', 'station again', 'stationery']);
  expect(ordersOf(index, 'station')).toEqual([4, 1, 5, 2, 3]);
});

test('only what the filters let through; without words too, but not without any', () => {
  const index = new SearchIndex();
  index.put('one', 0, message(1, 'tea', { authorId: 'anna', hasAttachment: true }));
  index.put('one', 0, message(2, 'tea', { authorId: 'bela' }));
  index.put('two', 0, message(3, 'tea', { authorId: 'anna' }));
  const { sentAtMs } = message(2, '');
  expect(ordersOf(index, 'tea')).toEqual([3, 2, 1]);
  expect(ordersOf(index, 'tea', { roomId: 'one' })).toEqual([2, 1]);
  expect(ordersOf(index, 'tea', { roomId: 'none' })).toEqual([]);
  expect(ordersOf(index, 'tea', { authorIds: ['anna', 'nobody'] })).toEqual([3, 1]);
  expect(ordersOf(index, 'tea', { authorIds: ['nobody'] })).toEqual([]);
  expect(ordersOf(index, 'tea', { fromMs: sentAtMs })).toEqual([3, 2]);
  expect(ordersOf(index, 'tea', { toMs: sentAtMs })).toEqual([1]);
  expect(ordersOf(index, '', { hasAttachment: true })).toEqual([1]);
  expect(ordersOf(index, ' ', { hasAttachment: false, roomId: 'one' })).toEqual([2]);
  expect(ordersOf(index, '', { roomId: 'one' })).toEqual([]);
});

test('pages follow each other without gap or repetition', () => {
  const index = indexOf(Array.from({ length: 100 }, (_, i) => (i % 3 === 0 ? 'tea' : 'teapot')));
  const all = index.search('tea', { limit: 100 });
  const paged = [];
  for (let page = index.search('tea', { limit: 7 }); page.length > 0; ) {
    paged.push(...page);
    page = index.search('tea', { limit: 7, before: page.at(-1)! });
  }
  expect(all).toHaveLength(100);
  expect(paged).toEqual(all);
});

test('an edited message is found by its new words only, whether the segment comes before or after', async () => {
  const segment = await buildSegment(searchableMessages(['apple', 'banana']));
  for (const loadsFirst of [true, false]) {
    const index = new SearchIndex();
    if (loadsFirst) await index.loadSegment('room', 0, segment);
    index.put('room', 0, message(1, 'cherry'));
    index.remove('room', 2);
    if (!loadsFirst) await index.loadSegment('room', 0, segment);
    expect(ordersOf(index, 'apple')).toEqual([]);
    expect(ordersOf(index, 'banana')).toEqual([]);
    expect(ordersOf(index, 'cherry')).toEqual([1]);
    index.put('room', 0, message(2, 'banana'));
    expect(ordersOf(index, 'banana')).toEqual([2]);
  }
});

test('a removed room and a replaced block are gone', async () => {
  const index = new SearchIndex();
  await index.loadSegment('room', 0, await buildSegment(searchableMessages(['apple', 'banana'])));
  await index.loadSegment('other', 0, await buildSegment(searchableMessages(['apple pie'])));
  index.replaceBlock('room', 0, [message(2, 'blueberry')]);
  expect(index.search('apple', { limit: 10 }).map(hit => hit.roomId)).toEqual(['other']);
  expect(ordersOf(index, 'blueberry')).toEqual([2]);
  index.removeRoom('other');
  expect(ordersOf(index, 'apple')).toEqual([]);
  expect(ordersOf(index, 'blueberry')).toEqual([2]);
});

const word = fc.oneof(
  fc.stringMatching(/^[a-f]{1,9}$/),
  fc.constantFrom(
    'Straße',
    'Ärger',
    "don't",
    'e-mail',
    '東京都',
    '한국어는',
    'ไทย',
    'שָׁלוֹם',
    'كِتَاب',
    'ёлка',
    'İyi',
    '👍🏽',
    '👨‍👩‍👧',
    '🇩🇪',
  ),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    .filter(text => !/[\s"“”„«»「」『』]/u.test(text)),
);
const text = fc.array(word, { minLength: 1, maxLength: 8 }).map(words => words.join(' '));

test('whatever is put is found by each of its words, and by each beginning of its last one', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), texts => {
      const index = indexOf(texts);
      texts.forEach((said, i) => {
        const words = said.split(' ').filter(each => termsOf(each).length > 0);
        for (const each of words) expect(ordersOf(index, each)).toContain(i + 1);
        const last = [...(words.at(-1) ?? '')];
        for (let length = 2; length <= last.length; length += 1) {
          const begun = [...words.slice(0, -1), last.slice(0, length).join('')].join(' ');
          if (termsOf(begun).length > 0) expect(ordersOf(index, begun)).toContain(i + 1);
        }
      });
    }),
  );
});

const distance = new EditDistance();

/** Letter by letter, as it is defined. */
function likeness(wanted: QueryTerm, term: string): number {
  const { text, slips, slipsOfBeginning, firstLetterFree } = wanted;
  const plain = new Likeness(wanted).plain(term);
  if (plain > 0 || slips === 0 || (!firstLetterFree && term.charAt(0) !== text.charAt(0))) return plain;
  const whole = distance.between(text, term, slips, false);
  if (whole <= slips) return whole <= 1 ? LIKENESS.oneSlip : LIKENESS.twoSlips;
  if (slipsOfBeginning === 0 || term.length <= text.length) return 0;
  const begun = distance.between(text, term, slipsOfBeginning, true);
  return begun > slipsOfBeginning ? 0 : (begun <= 1 ? LIKENESS.oneSlip : LIKENESS.twoSlips) - 1;
}

/** What the index is measured by: every message looked at, every term with every other. */
function naiveOrders(messages: Iterable<SearchableMessage>, query: string): number[] {
  const { terms, words } = parseQuery(query);
  const scored = [...messages].flatMap(each => {
    const said = termsOf(each.text).map(term => term.text);
    const likes = terms.map(wanted => Math.max(0, ...said.map(term => likeness(wanted, term))));
    const best = words.map(readings =>
      Math.max(...readings.map(reading => Math.min(...likes.filter((_, i) => (reading & (1 << i)) !== 0)))),
    );
    const score = best.length === 0 || best.includes(0) ? 0 : best.reduce((sum, like) => sum + like, 0);
    return score > 0 ? [{ order: each.order, score }] : [];
  });
  return scored.sort((a, b) => b.score - a.score || b.order - a.order).map(({ order }) => order);
}

type Step =
  | { readonly kind: 'put'; readonly order: number; readonly text: string }
  | { readonly kind: 'remove'; readonly order: number }
  | { readonly kind: 'store' | 'restart'; readonly order: number };
const order = fc.nat(11);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), order, text }) },
  fc.record({ kind: fc.constant('remove' as const), order }),
  fc.record({ kind: fc.constantFrom('store' as const, 'restart' as const), order }),
);
const ORDERS_PER_BLOCK = 4;

test('after any history of edits, removals, stored segments and restarts: the same as a scan of what is left', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.array(text, { maxLength: 4 }),
      async (steps, queries) => {
        const messages = new Map<number, SearchableMessage>();
        const stored = new Map<number, Uint8Array>();
        let index = new SearchIndex();
        const blockOf = (place: number) => Math.floor(place / ORDERS_PER_BLOCK);
        const store = async (block: number) => {
          stored.set(
            block,
            await buildSegment([...messages.values()].filter(each => blockOf(each.order) === block)),
          );
        };
        for (const { kind, ...at } of steps) {
          const block = blockOf(at.order);
          if (kind === 'put' && 'text' in at) {
            const put = message(at.order, at.text);
            messages.set(at.order, put);
            index.put('room', block, put);
          } else if (kind === 'remove') {
            messages.delete(at.order);
            index.remove('room', at.order);
          } else if (kind === 'store') {
            await store(block);
            await index.loadSegment('room', block, stored.get(block)!);
          } else {
            for (const each of new Set([...stored.keys(), ...[...messages.keys()].map(blockOf)]))
              await store(each);
            index = new SearchIndex();
            for (const [each, bytes] of stored) await index.loadSegment('room', each, bytes);
          }
        }
        const words = [...messages.values()].flatMap(each => each.text.split(' '));
        for (const query of [
          ...queries,
          ...words.slice(0, 10),
          ...words.map(each => each.slice(0, 2)).slice(0, 5),
        ]) {
          expect(ordersOf(index, query)).toEqual(naiveOrders(messages.values(), query));
        }
      },
    ),
    { numRuns: 150 },
  ));

const said = fc.record({
  room: fc.constantFrom('one', 'two', 'three'),
  block: fc.nat(3),
  sentAtMs: fc.nat(40),
  words: fc.array(
    fc.constantFrom(
      'a',
      'ab',
      'abba',
      'abbey',
      'station',
      'statoin',
      'stationery',
      'harbour',
      'habrour',
      'the',
    ),
    { minLength: 1, maxLength: 5 },
  ),
});
const wordsAsked = fc.constantFrom(
  'a',
  'ab',
  'the a',
  'station',
  'harbour the',
  'stat',
  'abbe',
  'the stationary',
  'x',
);

test('a page is the beginning of all there is to find, over rooms and blocks in any order of time', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(said, { maxLength: 120 }),
      wordsAsked,
      fc.integer({ min: 1, max: 6 }),
      fc.option(fc.nat(40)),
      async (messages, query, limit, fromMs) => {
        const index = new SearchIndex();
        const blocks = new Map<string, SearchableMessage[]>();
        messages.forEach(({ room, block, sentAtMs, words }, order) => {
          const each = message(order, words.join(' '), { sentAtMs });
          // Every other block comes from its segment.
          if (block % 2 === 0) index.put(room, block, each);
          else blocks.set(`${room}/${block}`, [...(blocks.get(`${room}/${block}`) ?? []), each]);
        });
        for (const [place, stored] of blocks) {
          const [room, block] = place.split('/') as [string, string];
          await index.loadSegment(room, Number(block), await buildSegment(stored));
        }
        const filter = fromMs === null ? {} : { fromMs };
        const all = index.search(query, { limit: 1_000, ...filter });
        const wanted = naiveOrders(
          messages.map(({ words }, order) => message(order, words.join(' '))),
          query,
        ).filter(order => messages[order]!.sentAtMs >= (fromMs ?? 0));
        expect(new Set(all.map(hit => hit.order))).toEqual(new Set(wanted));
        const paged = [];
        for (let page = index.search(query, { limit, ...filter }); page.length > 0; ) {
          paged.push(...page);
          page = index.search(query, { limit, ...filter, before: page.at(-1)! });
        }
        expect(paged).toEqual(all);
        expect(all.map(({ score }) => score)).toEqual(all.map(({ score }) => score).sort((a, b) => b - a));
      },
    ),
    { numRuns: 300 },
  ));

test('words that only messages had that are gone leave the memory too', async () => {
  const index = new SearchIndex();
  await index.loadSegment('room', 1, await buildSegment([message(1_000, 'apple'), message(1_001, 'banana')]));
  index.remove('room', 1_001);
  const WORDS = 300;
  for (let edit = 0; edit < 5; edit += 1) {
    for (let i = 0; i < 200; i += 1) {
      const words = Array.from({ length: WORDS }, (_, n) => `w${edit}x${i}x${n}`);
      index.put('room', 0, message(i, words.join(' ')));
    }
  }
  expect(index.termsHeld).toBeLessThan(4 * 200 * WORDS);
  expect(ordersOf(index, 'w0x5x7')).toEqual([]);
  expect(ordersOf(index, 'w4x199x7')).toEqual([199]);
  expect(ordersOf(index, 'apple')).toEqual([1_000]);
  for (let i = 0; i < 200; i += 1) index.remove('room', i);
  expect(ordersOf(index, 'w4x')).toEqual([]);
  index.put('other', 0, message(0, 'cherry'));
  index.removeRoom('room');
  expect(index.termsHeld).toBe(1);
  expect(ordersOf(index, 'cherry')).toEqual([0]);
});

test('messages and queries of any length cost what their caps allow', () => {
  const index = new SearchIndex();
  const long = 100_000;
  const startedMs = performance.now();
  for (const [i, unit] of [
    'a',
    'a-',
    "a'",
    '漢',
    '👍',
    '👨\u200d',
    '\u0301',
    'aa ',
    '" ',
    '한',
    '\ud800',
    '🇩',
  ].entries()) {
    const hostile = unit.repeat(long / unit.length);
    index.put('room', 0, message(i, hostile));
    index.search(hostile, { limit: 10 });
    index.search(`${'abcdefgh'.repeat(8)} ${hostile}`, { limit: 10 });
    snippetOf(hostile, hostile, 100);
    matchesPhrase(hostile, `"${hostile}"`);
  }
  // A quadratic step anywhere takes minutes here.
  expect(performance.now() - startedMs).toBeLessThan(20_000);
});
