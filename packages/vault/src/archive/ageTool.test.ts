import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allOf, chatOf, recordsOf, sourceOf } from './history.fixture.ts';
import { readArchive, wholeFile, writeArchive } from './index.ts';

const PASSPHRASE = 'four quiet words here';
/** The age tool asks for a passphrase at a terminal: that of util-linux is one. */
const TERMINAL = 'script';
const missing = ['age', TERMINAL].filter(tool => spawnSync(tool, ['--version']).error !== undefined);
const why = missing.length > 0 ? ` (skipped: no ${missing.join(' and no ')} on this computer)` : '';

/** Runs age at a terminal of its own and answers every question for the passphrase. */
function ageAtTerminal(commandLine: string): Promise<{ code: number | null; said: string }> {
  const child = spawn(TERMINAL, ['-qec', commandLine, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  let answered = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
    const asked = said.match(/passphrase[^\n]*:/gi)?.length ?? 0;
    for (; answered < asked; answered += 1) child.stdin.write(`${PASSPHRASE}\n`);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve({ code, said }));
  });
}

describe.skipIf(missing.length > 0)(`the age tool${why}`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-age-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('decrypts an archive, and what it encrypts is read again', async () => {
    const history = [chatOf(1_000, place => `שלום ${place} \u{1f44b}`)];
    const archive = writeArchive(history.map(sourceOf), PASSPHRASE, { exportedAtMs: 1_770_000_000_000 });
    const ours = join(folder, 'ours.age');
    writeFileSync(ours, new Uint8Array(await (await wholeFile(archive, '')).arrayBuffer()));
    const lines = join(folder, 'lines.jsonl');
    const theirs = join(folder, 'theirs.age');

    const decrypted = await ageAtTerminal(`age --decrypt --output ${lines} ${ours}`);
    expect(decrypted.code, decrypted.said).toBe(0);
    const encrypted = await ageAtTerminal(`age --passphrase --output ${theirs} ${lines}`);
    expect(encrypted.code, encrypted.said).toBe(0);

    const text = await (await openAsBlob(lines)).text();
    expect(text.split('\n')).toHaveLength(1_000 + 4);
    expect(await allOf(readArchive(await openAsBlob(theirs), PASSPHRASE))).toEqual(recordsOf(history));
  });
});
