import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { Decrypter } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { VaultError } from '../errors.ts';
import { ageEncrypted } from './ageFile.ts';
import { PIECE_BYTES } from './fileBytes.ts';
import { FIRST_VERSION } from './firstVersion.fixture.ts';
import { allOf, chatOf, chatWithFile, recordsOf, sourceWithFile, type ToldFile } from './history.fixture.ts';
import type { ArchivedBytes, ArchivedItem, HistoryRecord } from './history.ts';
import { exportJson, exportPage, readArchive, wholeFile, writeArchive } from './index.ts';

const PASSPHRASE = 'four quiet words here';
const OPTIONS = { exportedAtMs: 1_770_000_000_000, workFactor: 1 };
/** Three pieces, the last of one byte. */
const SIZE = 2 * PIECE_BYTES + 1;

const archiveOf = (file: ToldFile) =>
  wholeFile(writeArchive([sourceWithFile(file)], PASSPHRASE, OPTIONS), '');

async function linesIn(archive: Blob): Promise<string[]> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(PASSPHRASE);
  const text = await decrypter.decrypt(new Uint8Array(await archive.arrayBuffer()), 'text');
  return text.split('\n').slice(0, -1);
}

/** The lines before the end, encrypted again under an end that fits them. */
function sealed(lines: readonly string[], counts = { conversations: 1, items: 3 }): Promise<Blob> {
  const before = lines.map(line => `${line}\n`).join('');
  const end = JSON.stringify({ kind: 'end', ...counts, sha256: bytesToHex(sha256(utf8ToBytes(before))) });
  const pieces = (async function* () {
    yield new TextEncoder().encode(`${before}${end}\n`);
  })();
  return wholeFile(ageEncrypted(pieces, PASSPHRASE, 1), '');
}

/** The code that it fails with; `handed out` where a record came before. */
async function outcome(archive: Blob): Promise<string> {
  let records = 0;
  try {
    for await (const _record of readArchive(archive, PASSPHRASE)) records++;
    return 'read';
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return records > 0 ? 'handed out' : error.code;
  }
}

function contentIn(records: readonly HistoryRecord[]): Uint8Array {
  return Buffer.concat(records.flatMap(record => (record.kind === 'bytes' ? [record.bytes] : [])));
}

describe('a file in an archive', () => {
  it.each([1, PIECE_BYTES - 1, PIECE_BYTES, SIZE])('comes back whole, of %i bytes', async sizeBytes => {
    const file = chatWithFile(sizeBytes);
    const records = await allOf(readArchive(await archiveOf(file), PASSPHRASE));
    expect(records.filter(({ kind }) => kind !== 'bytes')).toEqual(recordsOf([file.told]));
    // Right after the message that brought it.
    expect(records[3]?.kind).toBe('bytes');
    expect(Buffer.compare(contentIn(records), file.content)).toBe(0);
  });

  it('has no line that is longer than a piece', async () => {
    const lines = await linesIn(await archiveOf(chatWithFile(SIZE)));
    expect(lines).toHaveLength(1 + 1 + 3 + 3 + 1);
    expect(Math.max(...lines.map(line => line.length))).toBeLessThan(70_000);
  });

  it('threat 11: altered, cut, swapped, doubled or elsewhere, nothing is handed out', async () => {
    const lines = (await linesIn(await archiveOf(chatWithFile(SIZE)))).slice(0, -1);
    expect(await outcome(await sealed(lines))).toBe('read');
    const piece = lines[4]!;
    const bent = {
      altered: lines.with(
        4,
        piece.replace(/"bytes":"(.)/, (_, letter) => `"bytes":"${letter === 'A' ? 'B' : 'A'}`),
      ),
      'without its last piece': lines.toSpliced(6, 1),
      'without any piece': lines.toSpliced(4, 3),
      swapped: lines.with(4, lines[5]!).with(5, piece),
      doubled: lines.toSpliced(4, 0, piece),
      'after another message': [...lines.slice(0, 4), lines[7]!, ...lines.slice(4, 7)],
      'at the very end': [...lines.slice(0, 4), ...lines.slice(7), ...lines.slice(4, 7)],
      'of no file': lines.with(3, lines[3]!.replace('"included":true', '"included":false')),
      'of another hash': lines.with(3, lines[3]!.replace(/"sha256":"[0-9a-f]{8}/, '"sha256":"00000000')),
      'of another size': lines.with(3, lines[3]!.replace(`"sizeBytes":${SIZE}`, `"sizeBytes":${SIZE + 1}`)),
      'larger than a file': lines.with(3, lines[3]!.replace(`"sizeBytes":${SIZE}`, '"sizeBytes":33554433')),
      'in another form of base64': lines.with(6, lines[6]!.replace('==', '')),
      'no base64': lines.with(6, '{"kind":"bytes","bytes":"*"}'),
      'in an archive of the first version': lines.with(0, lines[0]!.replace('"version":2', '"version":1')),
    };
    for (const [how, changed] of Object.entries(bent)) {
      expect(changed, how).not.toEqual(lines);
      expect(await outcome(await sealed(changed)), how).toBe('ARCHIVE_DAMAGED');
    }
  }, 60_000);

  it('is not written where its bytes are others than it says', async () => {
    const { told, content } = chatWithFile(SIZE);
    const write = (bytes: readonly Uint8Array[]) => {
      const items = async function* (): AsyncGenerator<ArchivedItem | ArchivedBytes> {
        yield* told.items.slice(0, 2);
        for (const piece of bytes) yield { kind: 'bytes', bytes: piece };
        yield* told.items.slice(2);
      };
      const source = { conversation: told.conversation, itemCount: 3, items };
      return wholeFile(writeArchive([source], PASSPHRASE, OPTIONS), '');
    };
    const pieces = [content.subarray(0, PIECE_BYTES), content.subarray(PIECE_BYTES, 2 * PIECE_BYTES)];
    const refused = { code: 'RECORD_DAMAGED' };
    await expect(write([...pieces, content.subarray(-1)])).resolves.toBeDefined();
    await expect(write(pieces)).rejects.toMatchObject(refused);
    await expect(write([...pieces, Uint8Array.of(content.at(-1)! ^ 1)])).rejects.toMatchObject(refused);
  });

  it('is listed in JSON and on the page, without its bytes', async () => {
    const source = sourceWithFile(chatWithFile(SIZE));
    const json = JSON.parse(await (await wholeFile(exportJson([source], OPTIONS), '')).text());
    const { name, mediaType, sizeBytes, sha256: hash, included } = json.conversations[0].items[1].file;
    expect([name, mediaType, sizeBytes, included]).toEqual(['Plan.pdf', 'application/pdf', SIZE, false]);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const page = await (await wholeFile(exportPage([source], OPTIONS), '')).text();
    expect(page).toContain('<bdi>Plan.pdf</bdi> <span>(98,305 bytes; the file is not in this page)</span>');
  });
});

it('an archive of the first version still opens', async () => {
  const told = chatOf(2);
  const expected = recordsOf([{ ...told, conversation: { ...told.conversation, members: [] } }]);
  const archive = new Blob([Buffer.from(FIRST_VERSION, 'base64')]);
  expect(await allOf(readArchive(archive, PASSPHRASE))).toEqual(expected);
});
