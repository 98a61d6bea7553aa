import type { SearchFound, SearchRequest, SearchResults } from '@sotto/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { LatestSearch, PAGE, type SearchShown } from './latestSearch.ts';

interface Question {
  readonly request: SearchRequest;
  answer(texts: readonly string[], more?: boolean): Promise<void>;
  fail(): Promise<void>;
}

let questions: Question[];
let shows: SearchShown[];
let search: LatestSearch;

const found = (text: string): SearchFound => ({
  roomId: 'room' as never,
  order: 1,
  messageId: text as never,
  author: { name: 'Mara', self: false },
  sentAtMs: 0,
  score: 1,
  snippet: { text, cutBefore: false, marks: [] },
});

/** What an answer leads to is done before the next task. */
const settled = () => new Promise<void>(resolve => setTimeout(resolve, 0));

beforeEach(() => {
  questions = [];
  shows = [];
  search = new LatestSearch(
    request =>
      new Promise<SearchResults>((resolve, reject) => {
        questions.push({
          request,
          answer(texts, more = false) {
            resolve({ found: texts.map(found), more });
            return settled();
          },
          fail() {
            reject(new Error('not now'));
            return settled();
          },
        });
      }),
    shown => shows.push(shown),
  );
});

const texts = () => search.shown.found.map(({ snippet }) => snippet.text);

describe('search as one types', () => {
  it('asks one thing at a time, and next only the latest', async () => {
    for (const query of ['t', 'tr', 'tra', 'trai']) search.seek({ query });
    expect(questions.map(({ request }) => request.query)).toEqual(['t']);
    await questions[0]!.answer(['tea', 'train']);
    expect(questions.map(({ request }) => request.query)).toEqual(['t', 'trai']);
    await questions[1]!.answer(['train']);
    expect(texts()).toEqual(['train']);
    expect(search.shown).toMatchObject({ looking: false, wanted: { query: 'trai' } });
  });

  it('keeps what is shown until the next answer is there', async () => {
    search.seek({ query: 'a' });
    await questions[0]!.answer(['apple']);
    search.seek({ query: 'ap' });
    expect(texts()).toEqual(['apple']);
    expect(search.shown.looking).toBe(true);
    await questions[1]!.answer([]);
    expect(texts()).toEqual([]);
    expect(shows.filter(shown => !shown.looking && shown.found.length === 0)).toHaveLength(1);
  });

  it('shows no answer to what was taken back', async () => {
    search.seek({ query: 'secret' });
    search.seek(undefined);
    await questions[0]!.answer(['a secret']);
    expect(texts()).toEqual([]);
    expect(search.shown.wanted).toBeUndefined();
  });

  it('gives page after page, each asked for once', async () => {
    search.seek({ query: 'a' });
    await questions[0]!.answer(['1', '2'], true);
    void search.more();
    void search.more();
    expect(questions).toHaveLength(2);
    expect(questions[1]!.request).toMatchObject({ query: 'a', limit: PAGE, after: { messageId: '2' } });
    await questions[1]!.answer(['3']);
    expect(texts()).toEqual(['1', '2', '3']);
    await search.more();
    expect(questions).toHaveLength(2);
  });

  it('forgets a page of what is no longer looked for', async () => {
    search.seek({ query: 'a' });
    await questions[0]!.answer(['1'], true);
    void search.more();
    search.seek({ query: 'b' });
    await questions[1]!.answer(['2']);
    expect(texts()).toEqual(['1']);
    await questions[2]!.answer(['b']);
    expect(texts()).toEqual(['b']);
  });

  it('asks again for as much as is shown, without what is known to be gone', async () => {
    search.seek({ query: 'a' });
    await questions[0]!.answer(
      Array.from({ length: 40 }, (_, i) => `${i}`),
      true,
    );
    search.drop(({ messageId }) => messageId === '7');
    expect(texts()).not.toContain('7');
    search.refresh();
    expect(questions[1]!.request.limit).toBe(39);
    expect(search.shown.looking).toBe(false);
  });

  it('says that it failed, and works again', async () => {
    search.seek({ query: 'a' });
    await questions[0]!.fail();
    expect(search.shown).toMatchObject({ failed: true, looking: false });
    search.refresh();
    await questions[1]!.answer(['apple']);
    expect(search.shown.failed).toBe(false);
    expect(texts()).toEqual(['apple']);
  });
});
