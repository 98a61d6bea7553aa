export { hpkeDeriveKeyPair, hpkeOpen, hpkeSeal } from './crypto/hpke.ts';
export type { AeadName, HashName, KemSecret, Provider } from './crypto/provider.ts';
export { SUITES, suiteOf } from './crypto/suites.ts';
export type {
  CommitSummary,
  CredentialView,
  ExtensionView,
  LeafView,
  MlsEnv,
  MlsPolicy,
  Random,
  ReInitView,
  StateWrite,
  SuiteId,
} from './env.ts';
export { MlsError, type MlsErrorCode } from './errors.ts';
export type { CommitChanges } from './group/commitProposals.ts';
export {
  type AdoptedCommit,
  adoptCommit,
  type CommitRequest,
  type CommitResult,
  commit,
} from './group/createCommit.ts';
export { createGroup, type GroupRequest, type NewGroup } from './group/createGroup.ts';
export { type EncryptRequest, type EncryptResult, encrypt } from './group/encrypt.ts';
export type { Group } from './group/group.ts';
export { createGroupInfo } from './group/groupInfo.ts';
export { type JoinRequest, type JoinResult, join } from './group/join.ts';
export {
  type ExternalJoinRequest,
  type ExternalJoinResult,
  joinByExternalCommit,
} from './group/joinByExternalCommit.ts';
export {
  createKeyPackage,
  inspectKeyPackage,
  type KeyPackageRequest,
  type KeyPackageView,
  type NewKeyPackage,
} from './group/keyPackages.ts';
export {
  type BranchRequest,
  branch,
  type LinkedGroup,
  type ReinitializeRequest,
  reinitialize,
} from './group/linkedGroup.ts';
export { type Opened, type OpenOptions, open } from './group/openMessage.ts';
export { type ProposedChange, type ProposeOptions, type ProposeResult, propose } from './group/propose.ts';
export { epochChangeWrites, loadGroup, saveGroup } from './group/records.ts';
export {
  encodedTreeOf,
  exportSecret,
  type GroupView,
  groupInfoOf,
  type Peeked,
  peek,
} from './group/view.ts';
export { splitWelcome } from './group/welcomeCreation.ts';
export { inspectWelcome, type WelcomeRequest, type WelcomeView } from './group/welcomeReading.ts';
