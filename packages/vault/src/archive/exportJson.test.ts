import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatOf, histories, sourceOf } from './history.fixture.ts';
import { exportJson, exportPage, wholeFile } from './index.ts';

const OPTIONS = { exportedAtMs: 1_770_000_000_000 };

describe('exports in clear', () => {
  it('JSON is one document that has every history whole', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async history => {
        const file = await wholeFile(exportJson(history.map(sourceOf), OPTIONS), '');
        expect(JSON.parse(await file.text())).toEqual({
          format: 'sotto-history',
          version: 2,
          exportedAtMs: OPTIONS.exportedAtMs,
          conversations: history.map(({ conversation, items }) => ({ ...conversation, items })),
        });
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['JSON', exportJson],
    ['the page', exportPage],
  ])('%s takes 100,000 messages one at a time', async (_name, write) => {
    const { conversation, items } = chatOf(1);
    const count = 100_000;
    let taken = 0;
    const source = {
      conversation,
      itemCount: count,
      items: async function* () {
        for (; taken < count; taken += 1) yield { ...items[0]!, order: taken };
      },
    };
    let written = 0;
    let waitingAtMost = 0;
    let takenAtLastChunk = 0;
    for await (const chunk of write([source], OPTIONS)) {
      written += chunk.length;
      waitingAtMost = Math.max(waitingAtMost, taken - takenAtLastChunk);
      takenAtLastChunk = taken;
    }
    expect(taken).toBe(count);
    expect(written).toBeGreaterThan(count * 100);
    // Nothing is held back beyond a chunk of output.
    expect(waitingAtMost).toBeLessThan(1_000);
  });

  it.each([
    ['JSON', exportJson],
    ['the page', exportPage],
  ])('a cancelled export of %s leaves no file', async (_name, write) => {
    const controller = new AbortController();
    const options = { ...OPTIONS, signal: controller.signal, onProgress: () => controller.abort() };
    const file = wholeFile(write([sourceOf(chatOf(2_000))], options), '');
    await expect(file).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
