export type { AeadName, HashName, KemSecret, Provider } from './crypto/provider.ts';
