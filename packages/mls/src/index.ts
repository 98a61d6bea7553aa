export type { AeadName, HashName, KemSecret, Provider } from './crypto/provider.ts';
export type {
  CommitSummary,
  CredentialView,
  ExtensionView,
  LeafView,
  MlsEnv,
  Random,
  StateWrite,
  SuiteId,
} from './env.ts';
export { MlsError, type MlsErrorCode } from './errors.ts';
export {
  type CommitRequest,
  type CommitResult,
  commit,
  createGroup,
  createKeyPackage,
  type EncryptRequest,
  type EncryptResult,
  encrypt,
  exportSecret,
  type Group,
  type GroupRequest,
  type GroupView,
  groupInfoOf,
  inspectKeyPackage,
  type JoinRequest,
  type JoinResult,
  join,
  type KeyPackageRequest,
  type KeyPackageView,
  loadGroup,
  type NewKeyPackage,
  type Opened,
  type OpenOptions,
  open,
  type Peeked,
  peek,
  saveGroup,
} from './group/api.ts';

/** Cipher suites by number (RFC 9420 §17.1, draft-ietf-mls-pq-ciphersuites). */
export const SUITES = {
  /** MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519. */
  X25519_AES128GCM_SHA256_ED25519: 0x0001,
  /** MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519, at a number of the private range until IANA assigns one. */
  MLKEM768X25519_AES256GCM_SHA384_ED25519: 0xf002,
} as const;
