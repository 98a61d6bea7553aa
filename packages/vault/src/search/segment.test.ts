import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VaultError } from '../errors.ts';
import { AdaptiveDecoder, AdaptiveEncoder } from './adaptiveCoder.ts';
import { searchableMessages } from './messages.fixture.ts';
import { SearchIndex } from './searchIndex.ts';
import { buildSegment, framed, readSegment } from './segment.ts';
import { termsOf } from './terms.ts';

const HEAD_BYTES = 5;

const sample = searchableMessages([
  'Grüße aus Berlin',
  'see you at the station at 10:30',
  '我们在东京都见面',
  'מה שלומך?',
  '한국어 😂',
]);

async function codeOf(bytes: Uint8Array): Promise<string> {
  const index = new SearchIndex();
  index.put('room', 0, sample[0]!);
  try {
    await index.loadSegment('room', 1, bytes);
    return 'loaded';
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    expect(index.search('station', { limit: 10 })).toEqual([]);
    expect(index.search('Berlin', { limit: 10 })).toHaveLength(1);
    return error.code;
  }
}

test('a segment gives back every message with its terms', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(
        fc.record({
          order: fc.maxSafeNat(),
          messageId: fc.string(),
          authorId: fc.string({ unit: 'binary', maxLength: 40 }),
          sentAtMs: fc.maxSafeNat().map(time => time % 2 ** 51),
          text: fc.oneof(fc.lorem(), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })),
          hasAttachment: fc.boolean(),
        }),
        { selector: message => message.order },
      ),
      async messages => {
        const content = readSegment(await buildSegment(messages));
        const read = [...content.orders].map((order, i) => ({
          order,
          authorId: content.authors[content.authorOf[i]!],
          sentAtMs: content.timesMs[i],
          hasAttachment: content.attachments[i] === 1,
          terms: [...content.termsOf.subarray(content.starts[i], content.starts[i + 1])].map(
            t => content.terms[t],
          ),
        }));
        const wanted = [...messages]
          .sort((a, b) => a.order - b.order)
          .map(({ order, authorId, sentAtMs, hasAttachment, text }) => {
            const terms = [...new Set(termsOf(text).map(term => term.text))].sort((a, b) => (a < b ? -1 : 1));
            return { order, authorId, sentAtMs, hasAttachment, terms };
          });
        expect(read).toEqual(wanted);
      },
    ),
  ));

test('equal messages give equal bytes, in whatever order they come', async () => {
  expect(await buildSegment([...sample].reverse())).toEqual(await buildSegment(sample));
});

test('a segment holds neither the texts nor a message id', async () => {
  const held = new TextDecoder('latin1').decode(await buildSegment(sample));
  expect(held).not.toContain('station');
  expect(held).not.toContain(sample[0]!.messageId);
});

test('every truncation and every flipped bit is told, and changes nothing', async () => {
  const bytes = await buildSegment(sample);
  expect(await codeOf(bytes)).toBe('loaded');
  for (let length = 0; length < bytes.length; length += 1) {
    expect(await codeOf(bytes.subarray(0, length))).toBe('RECORD_DAMAGED');
  }
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(await codeOf(flipped)).toBe(bit < 8 ? 'UNSUPPORTED_FORMAT' : 'RECORD_DAMAGED');
  }
});

test('what lies behind a right checksum may be anything: a typed error or a valid index, soon', () =>
  fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async bytes => {
      expect(['loaded', 'RECORD_DAMAGED']).toContain(await codeOf(framed(bytes)));
    }),
    { numRuns: 2_000 },
  ));

test('flipped bits behind a right checksum: a typed error or a valid index', async () => {
  const bytes = (await buildSegment(sample)).subarray(HEAD_BYTES);
  const codes = new Set<string>();
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    codes.add(await codeOf(framed(flipped)));
  }
  expect(['loaded', 'RECORD_DAMAGED']).toEqual(expect.arrayContaining([...codes]));
});

test('bytes that promise endless terms end at the caps', async () => {
  for (const fill of [0x00, 0xff, 0x7f, 0x80, 0x55]) {
    expect(['loaded', 'RECORD_DAMAGED']).toContain(await codeOf(framed(new Uint8Array(4_096).fill(fill))));
  }
});

test('numbers and symbols come back as they went in', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.nat(5),
          fc.maxSafeNat().map(n => Math.min(n, 2 ** 53 - 2)),
        ),
      ),
      numbers => {
        const encoder = new AdaptiveEncoder();
        for (const [context, value] of numbers) encoder.number(context, value);
        for (const [context, value] of numbers) encoder.symbol(context, 16, value & 0xffff);
        const decoder = new AdaptiveDecoder(encoder.finish(), 0);
        expect(numbers.map(([context]) => decoder.number(context))).toEqual(
          numbers.map(([, value]) => value),
        );
        expect(numbers.map(([context]) => decoder.symbol(context, 16))).toEqual(
          numbers.map(([, value]) => value & 0xffff),
        );
      },
    ),
  );
});

test('messages that cannot be are refused', async () => {
  await expect(buildSegment([{ ...sample[0]!, order: -1 }])).rejects.toThrow(RangeError);
  await expect(buildSegment([{ ...sample[0]!, order: 0.5 }])).rejects.toThrow(RangeError);
  await expect(buildSegment([{ ...sample[0]!, authorId: 'x'.repeat(257) }])).rejects.toThrow(RangeError);
});
