import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorFacts, openLog } from './log.ts';

let path: string;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'sotto-log-')), 'logs', 'relay.log');
});

afterEach(() => rmSync(join(path, '..', '..'), { recursive: true }));

const lines = () =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

test('a line is an event with its facts, and nothing of the machine', () => {
  const log = openLog({ level: 'info', path });
  log.info('swept', { deletedEntries: 3 });
  log.close();
  expect(lines()).toEqual([{ level: 30, time: expect.any(Number), event: 'swept', deletedEntries: 3 }]);
  expect(statSync(path).mode & 0o077).toBe(0);
});

test('facts under a telling name are left out', () => {
  const log = openLog({ level: 'info', path });
  log.warn('x', {
    token: 'canary',
    payload: 'canary',
    remoteAddress: 'canary',
    url: 'canary',
    code: 'NOT_FOUND',
  });
  log.close();
  expect(lines()).toEqual([{ level: 40, time: expect.any(Number), event: 'x', code: 'NOT_FOUND' }]);
});

test('of an error stays where it was, not what it said', () => {
  const error = Object.assign(new TypeError('cannot read canary\n    at canary'), { code: 'ERR_X' });
  const facts = errorFacts(error);
  expect(facts).toMatchObject({ errorName: 'TypeError', errorCode: 'ERR_X' });
  expect(facts.at).toContain('log.test.ts');
  expect(JSON.stringify(facts)).not.toContain('canary');
  expect(errorFacts('canary')).toEqual({ errorName: 'string' });
});

test('a log that has grown is put aside at the next start', () => {
  openLog({ level: 'info', path }).close();
  writeFileSync(path, 'x'.repeat(5 * 1_048_576 + 1));
  const log = openLog({ level: 'info', path });
  log.info('started');
  log.close();
  expect(statSync(`${path}.1`).size).toBe(5 * 1_048_576 + 1);
  expect(lines()).toHaveLength(1);
});
