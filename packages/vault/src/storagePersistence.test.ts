import { afterEach, describe, expect, it, vi } from 'vitest';
import { askForPersistence, storagePersistence } from './storagePersistence.ts';

afterEach(() => vi.unstubAllGlobals());

/** A browser's storage manager that says yes, no, or fails. */
function browser(answer: boolean | Error, persisted = false) {
  const asked = { times: 0 };
  const storage = {
    persisted: async () => persisted,
    persist: async () => {
      asked.times += 1;
      if (answer instanceof Error) throw answer;
      persisted = answer;
      return answer;
    },
    estimate: async () => ({ usage: 10, quota: 1_000 }),
  };
  vi.stubGlobal('navigator', { storage });
  return asked;
}

describe('persistence', () => {
  it('is asked for where it is not given, and not again where it is', async () => {
    const asked = browser(true);
    expect(await storagePersistence()).toEqual({ persisted: false, usageBytes: 10, quotaBytes: 1_000 });
    expect(asked.times).toBe(0);
    expect((await askForPersistence()).persisted).toBe(true);
    expect((await askForPersistence()).persisted).toBe(true);
    expect(asked.times).toBe(1);
  });

  it.each([['a no', false] as const, ['a failure', new TypeError('blocked')] as const])(
    'is not there after %s',
    async (_, answer) => {
      browser(answer);
      expect(await askForPersistence()).toEqual({ persisted: false, usageBytes: 10, quotaBytes: 1_000 });
    },
  );

  it('is not there, and nothing is known, where a browser has no such thing', async () => {
    const nothing = { persisted: false, usageBytes: undefined, quotaBytes: undefined };
    for (const navigator of [undefined, {}]) {
      vi.stubGlobal('navigator', navigator);
      expect(await askForPersistence()).toEqual(nothing);
    }
  });
});
