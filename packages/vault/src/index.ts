export { VaultError, type VaultErrorCode } from './errors.ts';
export type { Argon2Cost, Argon2id } from './keys/argon2.ts';
export { Keyring, type KeyringEnv } from './keys/keyring.ts';
export type { KeySlots } from './keys/keySlots.ts';
export type { LockId } from './keys/lockSlot.ts';
export type { LockView, NewLock, OpenLock, UnlockWith } from './keys/locks.ts';
export {
  type MemoryKeySlotsDisk,
  memoryKeySlots,
  memoryKeySlotsDisk,
} from './keys/memoryKeySlots.ts';
export { PASSPHRASE_MIN_CHARACTERS } from './keys/passphrase.ts';
export { makeRecoveryCode, mistypedGroups } from './keys/recoveryCode.ts';
export { type MemoryDisk, MemoryStore, memoryDisk } from './memoryStore.ts';
export { type Random, ROOT_KEY_BYTES } from './recordCipher.ts';
export { blockOf, ORDERS_PER_BLOCK, type Shelf, shelfOf } from './shelves.ts';
export { Vault } from './vault.ts';
export type { StoreScan, StoreWrite, VaultStore } from './vaultStore.ts';
