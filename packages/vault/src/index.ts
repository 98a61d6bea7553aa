export { VaultError, type VaultErrorCode } from './errors.ts';
export type { Argon2id } from './keys/argon2.ts';
export { Keyring } from './keys/keyring.ts';
export type { KeySlots } from './keys/keySlots.ts';
export {
  type MemoryKeySlotsDisk,
  memoryKeySlots,
  memoryKeySlotsDisk,
} from './keys/memoryKeySlots.ts';
export type { LockView, NewLock } from './keys/locks.ts';
export { makeRecoveryCode } from './keys/recoveryCode.ts';
export { type MemoryDisk, MemoryStore, memoryDisk } from './memoryStore.ts';
export { type Random, ROOT_KEY_BYTES } from './recordCipher.ts';
export { indexedDbRootKey, loadOrMakeRootKey, type RootKeyCustody, sessionRootKey } from './rootKey.ts';
export { blockOf, type Shelf, shelfOf } from './shelves.ts';
export { Vault } from './vault.ts';
export type { StoreScan, StoreWrite, VaultStore } from './vaultStore.ts';
