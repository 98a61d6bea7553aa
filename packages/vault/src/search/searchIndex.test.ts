import { expect, test } from 'vitest';
import { buildSegment, type SearchableMessage, SearchIndex } from './index.ts';

const message = (order: number, text: string, more: Partial<SearchableMessage> = {}): SearchableMessage => ({
  order,
  messageId: `m${order}`,
  authorId: 'anna',
  sentAtMs: 1_700_000_000_000 + order * 1000,
  text,
  hasAttachment: false,
  ...more,
});

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
