export { VaultError, type VaultErrorCode } from './errors.ts';
export type { StoreScan, StoreWrite, VaultStore } from './vaultStore.ts';
