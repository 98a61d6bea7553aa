import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { chooseNativeEngine, nativeEngine } from './nodeEngine.ts';
import { nodeProvider } from './nodeProvider.ts';
import type { Sodium } from './nodeSodiumProvider.ts';

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];
const platform = `${process.platform}-${process.arch}`;

describe('the engine of this computer', () => {
  it.skipIf(!PLATFORMS.includes(platform))('has libsodium, without an install script', () => {
    expect(nativeEngine()).toEqual({ provider: expect.objectContaining({ name: 'sodium' }) });
  });

  it('is OpenSSL alone where the package is not there, and says why', () => {
    const engine = chooseNativeEngine(() => {
      throw new Error('Cannot find module sodium-native\nRequire stack: …');
    });
    expect(engine).toEqual({ provider: nodeProvider, withoutSodium: 'Cannot find module sodium-native' });
  });

  it('is OpenSSL alone where the package is another', () => {
    expect(chooseNativeEngine(() => ({})).provider).toBe(nodeProvider);
    expect(chooseNativeEngine(() => undefined).provider).toBe(nodeProvider);
  });

  it.skipIf(!PLATFORMS.includes(platform))('takes no libsodium that gives something else', () => {
    const sodium = createRequire(import.meta.url)('sodium-native') as Sodium;
    expect(chooseNativeEngine(() => sodium).withoutSodium).toBeUndefined();
    const nothing = () => undefined;
    const broken: readonly [wrong: string, change: Partial<Sodium>][] = [
      ['ed25519PublicKey', { crypto_sign_seed_keypair: nothing }],
      ['ed25519Sign', { crypto_sign_detached: nothing }],
      ['ed25519Verify', { crypto_sign_verify_detached: () => true }],
      ['ed25519Verify', { crypto_sign_verify_detached: () => false }],
      ['x25519PublicKey', { crypto_scalarmult_base: nothing }],
      ['x25519', { crypto_scalarmult: nothing }],
    ];
    for (const [wrong, change] of broken) {
      const engine = chooseNativeEngine(() => ({ ...sodium, ...change }));
      expect(engine).toEqual({ provider: nodeProvider, withoutSodium: `it is wrong in ${wrong}` });
    }
  });
});
