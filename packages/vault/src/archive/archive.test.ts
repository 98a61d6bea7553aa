import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VaultError } from '../errors.ts';
import { ageEncrypted } from './ageFile.ts';
import { headerLine } from './archiveLines.ts';
import { allOf, chatOf, histories, recordsOf, sourceOf, type Told } from './history.fixture.ts';
import { openArchive, readArchive, wholeFile, writeArchive } from './index.ts';

const PASSPHRASE = 'four quiet words here';
/** Cheap: what is tested is not scrypt. */
const OPTIONS = { exportedAtMs: 1_770_000_000_000, workFactor: 1 };

const archiveOf = (history: readonly Told[], passphrase = PASSPHRASE): Promise<Blob> =>
  wholeFile(writeArchive(history.map(sourceOf), passphrase, OPTIONS), '');
const bytesOf = async (file: Blob) => new Uint8Array(await file.arrayBuffer());

/** An age file around any text. */
const sealed = (text: string): Promise<Blob> => {
  const pieces = (async function* () {
    yield new TextEncoder().encode(text);
  })();
  return wholeFile(ageEncrypted(pieces, PASSPHRASE, 1), '');
};

/** The code it fails with; `handed out` if a record came before it failed, `read` if nothing failed. */
async function outcome(file: Blob, passphrase = PASSPHRASE): Promise<string> {
  let records = 0;
  try {
    for await (const _record of readArchive(file, passphrase)) records += 1;
    return 'read';
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return records > 0 ? 'handed out' : error.code;
  }
}

/** The plaintext lines of an archive, to be bent. */
async function linesIn(history: readonly Told[]): Promise<string[]> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addPassphrase(PASSPHRASE);
  const text = await decrypter.decrypt(await bytesOf(await archiveOf(history)), 'text');
  return text.split('\n').slice(0, -1);
}

describe('archive', () => {
  it('gives back every history that went in', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async history => {
        const read = await allOf(readArchive(await archiveOf(history), PASSPHRASE));
        expect(read).toEqual(recordsOf(history));
      }),
      { numRuns: 60 },
    );
  });

  it('says what is in it before any record is taken', async () => {
    const history = [chatOf(3), { ...chatOf(2), conversation: { ...chatOf(0).conversation, id: 'str_2' } }];
    const archive = await openArchive(await archiveOf(history), PASSPHRASE);
    expect(archive).toMatchObject({ createdAtMs: 1_770_000_000_000, conversations: 2, items: 5 });
    expect(await allOf(archive.records())).toEqual(recordsOf(history));
    expect(await allOf(archive.records())).toEqual(recordsOf(history));
  });

  it('refuses a wrong passphrase', async () => {
    expect(await outcome(await archiveOf([chatOf(3)]), 'another one')).toBe('ARCHIVE_WRONG_PASSPHRASE');
  });

  it('takes a passphrase in either Unicode form', async () => {
    const file = await archiveOf([chatOf(1)], 'Ko\u0308nigsweg');
    expect(await outcome(file, 'K\u00f6nigsweg')).toBe('read');
    expect(await outcome(file, 'Ko\u0308nigsweg')).toBe('read');
  });

  it('is not made without a passphrase', async () => {
    await expect(archiveOf([chatOf(1)], '')).rejects.toMatchObject({ code: 'WEAK_PASSPHRASE' });
  });

  it('notices one altered byte anywhere, and hands out nothing', async () => {
    const original = await bytesOf(await archiveOf([chatOf(900)]));
    // Several chunks of the age format.
    expect(original.length).toBeGreaterThan(2 * 65_552);
    const places = new Set([...Array(250).keys(), original.length - 1]);
    for (let at = 250; at < original.length; at += 9_973) places.add(at);
    const codes = new Set<string>();
    for (const at of places) {
      const bytes = original.slice();
      bytes[at]! ^= 1;
      const code = await outcome(new Blob([bytes]));
      expect(code, `byte ${at}`).toMatch(/^ARCHIVE_/);
      if (at >= 200) expect(code, `byte ${at}`).toBe('ARCHIVE_DAMAGED');
      codes.add(code);
    }
    expect(codes).toEqual(
      new Set(['ARCHIVE_FOREIGN', 'ARCHIVE_TOO_NEW', 'ARCHIVE_WRONG_PASSPHRASE', 'ARCHIVE_DAMAGED']),
    );
  });

  it('notices that its end is missing, wherever it was cut', async () => {
    const bytes = await bytesOf(await archiveOf([chatOf(900)]));
    const cuts = [1, 19, 21, 22, 60, 150, 170, 190, 200, 216, 65_752, 65_753, 131_304, bytes.length - 1];
    for (const cut of cuts) {
      expect(await outcome(new Blob([bytes.slice(0, cut)])), `${cut}`).toBe('ARCHIVE_DAMAGED');
    }
    expect(await outcome(new Blob([bytes, Uint8Array.of(0)]))).toBe('ARCHIVE_DAMAGED');
  });

  it.each([
    ['an empty file', new Uint8Array()],
    ['a zip', Uint8Array.of(0x50, 0x4b, 3, 4, ...Array(100).fill(0))],
    ['a PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, ...Array(9000).fill(7))],
    ['an armored age file', new TextEncoder().encode('-----BEGIN AGE ENCRYPTED FILE-----\n')],
    [
      'an age file for a key',
      new TextEncoder().encode(`age-encryption.org/v1\n-> X25519 abc\nabc\n--- ${'a'.repeat(43)}\n`),
    ],
    [
      'an age file that asks for 2^40 rounds',
      new TextEncoder().encode(
        `age-encryption.org/v1\n-> scrypt ${'a'.repeat(22)} 40\n${'a'.repeat(43)}\n--- ${'a'.repeat(43)}\n`,
      ),
    ],
  ])('%s is foreign', async (_name, bytes) => {
    expect(await outcome(new Blob([bytes]))).toBe('ARCHIVE_FOREIGN');
  });

  it.each(['', 'a shopping list\n', 'no newline', '{"format":"other","version":1}\n', 'x'.repeat(70_000)])(
    'an age file with something else in it is foreign: %.20s',
    async text => {
      expect(await outcome(await sealed(text))).toBe('ARCHIVE_FOREIGN');
    },
  );

  it('a newer version is refused by name', async () => {
    const [header, ...rest] = await linesIn([chatOf(1)]);
    const newer = [header!.replace('"version":2', '"version":3'), ...rest].join('\n');
    expect(await outcome(await sealed(`${newer}\n`))).toBe('ARCHIVE_TOO_NEW');
  });

  it('an archive that was cut and encrypted again is noticed by its trailer', async () => {
    const lines = await linesIn([chatOf(4)]);
    const again = async (bent: readonly string[]) => outcome(await sealed(`${bent.join('\n')}\n`));
    expect(await again(lines)).toBe('read');
    expect(await again(lines.slice(0, -1))).toBe('ARCHIVE_DAMAGED');
    expect(await again(lines.toSpliced(3, 1))).toBe('ARCHIVE_DAMAGED');
    expect(await again(lines.toSpliced(1, 1))).toBe('ARCHIVE_DAMAGED');
    expect(await again([...lines, lines[2]!])).toBe('ARCHIVE_DAMAGED');
    expect(await again(lines.with(3, lines[3]!.replace('message 1', 'massage 1')))).toBe('ARCHIVE_DAMAGED');
    expect(
      await again(lines.with(0, headerLine({ version: 2, createdAtMs: 1, conversations: 1, items: 4 }))),
    ).toBe('ARCHIVE_DAMAGED');
  });

  it.each([
    ['a prototype key', (line: string) => line.replace('{', '{"__proto__":{"text":"x"},')],
    ['a field that is not known', (line: string) => line.replace('{', '{"extra":1,')],
    ['a field given twice', (line: string) => line.replace('{', '{"kind":"message",')],
    ['depth', (line: string) => line.replace('{', `{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)},`)],
    ['a number that is none', (line: string) => line.replace(/"order":\d+/, '"order":1e999')],
    ['a text that is none', (line: string) => line.replace(/"text":"[^"]*"/, '"text":{"length":1}')],
    ['a text too long', (line: string) => line.replace(/"text":"[^"]*"/, `"text":"${'a'.repeat(65_537)}"`)],
    ['a line too long', (line: string) => line + ' '.repeat(4 * 1_048_576)],
    ['no JSON', () => '{'],
  ])('refuses a line with %s, under a trailer that fits', async (_name, bend) => {
    const { sha256 } = await import('@noble/hashes/sha2.js');
    const { bytesToHex, utf8ToBytes } = await import('@noble/hashes/utils.js');
    const lines = await linesIn([chatOf(4)]);
    const withTrailer = (before: string) => {
      const digest = bytesToHex(sha256(utf8ToBytes(before)));
      return `${before}${lines.at(-1)!.replace(/[0-9a-f]{64}/, digest)}\n`;
    };
    const whole = (bent: readonly string[]) => withTrailer(bent.map(line => `${line}\n`).join(''));
    const records = lines.slice(0, -1);
    expect(await outcome(await sealed(whole(records)))).toBe('read');
    expect(await outcome(await sealed(whole(records.with(3, bend(records[3]!)))))).toBe('ARCHIVE_DAMAGED');
    expect(({} as { text?: string }).text).toBeUndefined();
  });

  it('a file that cannot be read is not called damaged', async () => {
    const bytes = await bytesOf(await archiveOf([chatOf(900)]));
    const file = {
      size: bytes.length,
      stream: () =>
        new ReadableStream<Uint8Array<ArrayBuffer>>({
          start(controller) {
            controller.enqueue(bytes.slice(0, 100_000));
          },
          pull(controller) {
            controller.error(new Error('the stick was pulled out'));
          },
        }),
    };
    await expect(openArchive(file, PASSPHRASE)).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  });

  it('reports progress by items, and few times', async () => {
    const told: number[] = [];
    const history = [chatOf(3_000)];
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      expect(total).toBe(3_000);
      told.push(done);
    };
    const file = await wholeFile(
      writeArchive(history.map(sourceOf), PASSPHRASE, { ...OPTIONS, onProgress }),
      '',
    );
    const expected = [...Array.from({ length: 12 }, (_, place) => (place + 1) * 250), 3_000];
    expect(told).toEqual(expected);
    told.length = 0;
    await allOf(readArchive(file, PASSPHRASE, { onProgress }));
    expect(told).toEqual(expected);
  });

  it('is cancelled between any two items, and the source is left', async () => {
    const controller = new AbortController();
    const { conversation, items } = chatOf(3_000);
    let left = false;
    const source = {
      conversation,
      itemCount: items.length,
      items: async function* () {
        try {
          yield* items;
        } finally {
          left = true;
        }
      },
    };
    const onProgress = () => controller.abort();
    const options = { ...OPTIONS, onProgress, signal: controller.signal };
    const file = wholeFile(writeArchive([source], PASSPHRASE, options), '');
    await expect(file).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(left).toBe(true);

    const whole = await archiveOf([chatOf(3_000)]);
    const opened = openArchive(whole, PASSPHRASE, { signal: AbortSignal.abort() });
    await expect(opened).rejects.toMatchObject({ code: 'CANCELLED' });
    const midway = new AbortController();
    const reading = openArchive(whole, PASSPHRASE, {
      signal: midway.signal,
      onProgress: () => midway.abort(),
    });
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('does not write what it could not read again', async () => {
    const { conversation, items } = chatOf(2);
    const backwards = { conversation, items: items.toReversed() };
    await expect(archiveOf([backwards])).rejects.toMatchObject({ code: 'RECORD_DAMAGED' });
  });
});
