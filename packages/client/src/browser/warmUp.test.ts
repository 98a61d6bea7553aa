import { nobleProvider } from '@sotto/mls/noble';
import { describe, expect, it } from 'vitest';
import { warmUp } from './warmUp.ts';

type Provider = Parameters<typeof warmUp>[0];

/** Tells which parts of the provider were used. */
function watched(): { readonly provider: Provider; readonly used: Set<string> } {
  const used = new Set<string>();
  const provider = new Proxy(nobleProvider, {
    get(target, name: keyof Provider) {
      used.add(name);
      return target[name];
    },
  });
  return { provider, used };
}

describe('warming up', () => {
  it('runs what a guest needs to come in, and all of it works', async () => {
    const { provider, used } = watched();
    await warmUp(provider, () => false);
    expect([...used].sort()).toEqual([
      'aeadOpen',
      'aeadSeal',
      'ed25519PublicKey',
      'ed25519Sign',
      'ed25519Verify',
      'hkdfExpand',
      'hkdfExtract',
      'hmac',
      'mlkem768Decapsulate',
      'mlkem768Encapsulate',
      'mlkem768PublicKey',
      'x25519',
      'x25519PublicKey',
    ]);
  });

  it('ends with the step in hand when somebody waits', async () => {
    const { provider, used } = watched();
    await warmUp(provider, () => used.size > 0);
    expect([...used].sort()).toEqual(['ed25519PublicKey', 'ed25519Sign', 'ed25519Verify']);
  });
});
