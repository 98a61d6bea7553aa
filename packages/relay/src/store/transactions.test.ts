import { describe, expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import { groupCommit } from './transactions.ts';

/** A database that notes what happens to it, and fails when told. */
function notebook() {
  const notes: string[] = [];
  const failing = new Set<string>();
  const step = (name: string) => () => {
    notes.push(name);
    if (failing.has(name)) throw new Error(`${name} failed`);
  };
  return { notes, failing, begin: step('begin'), commit: step('commit'), rollback: step('rollback') };
}

function harness() {
  const database = notebook();
  const flushes: (() => void)[] = [];
  const failures: unknown[] = [];
  const transactions = groupCommit(
    database,
    flush => flushes.push(flush),
    error => failures.push(error),
  );
  const write = (name: string) =>
    transactions.run(() => {
      database.notes.push(name);
      return name;
    });
  const flush = () => flushes.shift()?.();
  return { database, transactions, write, flush, flushes, failures };
}

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    value => value,
    error => (error instanceof Refusal ? error.code : 'not a refusal'),
  );

describe('group commit', () => {
  test('all that wait share one transaction, in order, and are answered after it', async () => {
    const { database, write, flush, flushes } = harness();
    const answers: string[] = [];
    const all = ['a', 'b', 'c'].map(name => write(name).then(value => answers.push(value)));
    expect(flushes).toHaveLength(1);
    expect(database.notes).toEqual([]);
    flush();
    expect(database.notes).toEqual(['begin', 'a', 'b', 'c', 'commit']);
    expect(answers).toEqual([]);
    await Promise.all(all);
    expect(answers).toEqual(['a', 'b', 'c']);
    expect(flushes).toHaveLength(0);
  });

  test('a refusal fails alone', async () => {
    const { database, transactions, write, flush } = harness();
    const first = write('a');
    const refused = outcome(
      transactions.run(() => {
        throw new Refusal('NOT_FOUND', '');
      }),
    );
    const last = write('c');
    flush();
    expect(await Promise.all([first, refused, last])).toEqual(['a', 'NOT_FOUND', 'c']);
    expect(database.notes).toEqual(['begin', 'a', 'c', 'commit']);
  });

  test('a change that breaks takes nobody along', async () => {
    const { database, transactions, write, flush, failures } = harness();
    const first = write('a');
    const broken = outcome(
      transactions.run(() => {
        throw new TypeError('a bug');
      }),
    );
    const last = write('c');
    flush();
    expect(await Promise.all([first, broken, last])).toEqual(['a', 'UNAVAILABLE', 'c']);
    expect(database.notes).toEqual([
      'begin',
      'a',
      'rollback',
      'begin',
      'a',
      'commit',
      'begin',
      'rollback',
      'begin',
      'c',
      'commit',
    ]);
    expect(failures).toEqual([new TypeError('a bug')]);
  });

  test('when the disk is full, nothing is answered as stored', async () => {
    const { database, write, flush, failures } = harness();
    database.failing.add('commit');
    const both = [outcome(write('a')), outcome(write('b'))];
    flush();
    expect(await Promise.all(both)).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    expect(failures).toHaveLength(2);
    database.failing.clear();
    const later = write('c');
    flush();
    expect(await later).toBe('c');
  });

  test('closing finishes what was asked and takes no more', async () => {
    const { transactions, write } = harness();
    const asked = write('a');
    await transactions.close();
    expect(await asked).toBe('a');
    expect(await outcome(write('b'))).toBe('UNAVAILABLE');
  });
});
