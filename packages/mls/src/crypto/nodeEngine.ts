import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { nodeProvider } from './nodeProvider.ts';
import { type Sodium, sodiumProvider } from './nodeSodiumProvider.ts';
import type { Provider } from './provider.ts';

/** The fastest provider of this computer. */
export interface NativeEngine {
  readonly provider: Provider;
  /** Why libsodium is not part of it: its package was not installed, has nothing for this platform, or is wrong. */
  readonly withoutSodium?: string;
}

/**
 * libsodium's curves where the package is there and gives what OpenSSL gives; else OpenSSL alone, with the reason.
 * @param load gives the package, or throws
 */
export function chooseNativeEngine(load: () => unknown): NativeEngine {
  try {
    const provider = sodiumProvider(load() as Sodium);
    const wrong = firstDifference(provider);
    return wrong === undefined ? { provider } : without(`it is wrong in ${wrong}`);
  } catch (error) {
    return without(error instanceof Error ? error.message : String(error));
  }
}

function without(reason: string): NativeEngine {
  return { provider: nodeProvider, withoutSodium: reason.split('\n', 1)[0]! };
}

/** One known answer for each function, against a package that was built wrong or swapped: some milliseconds. */
function firstDifference(provider: Provider): string | undefined {
  const key = new Uint8Array(32).fill(0x42);
  const message = Uint8Array.of(1, 2, 3);
  const publicKey = nodeProvider.ed25519PublicKey(key);
  const signature = nodeProvider.ed25519Sign(key, message);
  const point = nodeProvider.x25519PublicKey(key);
  const answers: Readonly<Record<string, readonly [unknown, unknown]>> = {
    ed25519PublicKey: [provider.ed25519PublicKey(key), publicKey],
    ed25519Sign: [provider.ed25519Sign(key, message), signature],
    ed25519Verify: [
      [
        provider.ed25519Verify(publicKey, message, signature),
        provider.ed25519Verify(publicKey, key, signature),
      ],
      [true, false],
    ],
    x25519PublicKey: [provider.x25519PublicKey(key), point],
    x25519: [provider.x25519(key, point), nodeProvider.x25519(key, point)],
  };
  return Object.keys(answers).find(name => !isDeepStrictEqual(...answers[name]!));
}

const require = createRequire(import.meta.url);
let chosen: NativeEngine | undefined;

/** What this process has; loaded when it is asked for first. */
export function nativeEngine(): NativeEngine {
  chosen ??= chooseNativeEngine(() => require('sodium-native'));
  return chosen;
}
