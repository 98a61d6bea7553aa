import { Vault } from '@sotto/vault';
import type { EngineOptions } from './engineOptions.ts';

/** The store of a device, with the cryptography that its engine has. Throws `VaultError`. */
export function openVault({ store, slots, rootKey, random, provider }: EngineOptions): Promise<Vault> {
  return Vault.open(store, {
    rootKey,
    slots,
    random,
    aes: {
      seal: (key, nonce, associated, plaintext) =>
        provider.aeadSeal('AES-256-GCM', key, nonce, associated, plaintext),
      open: (key, nonce, associated, sealed) =>
        provider.aeadOpen('AES-256-GCM', key, nonce, associated, sealed),
    },
  });
}
