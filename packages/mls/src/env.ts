import type { Provider } from './crypto/provider.ts';

/** Fresh random bytes, from whoever calls the engine. */
export type Random = (lengthBytes: number) => Uint8Array;

/** A cipher suite's number (RFC 9420 §17.1). */
export type SuiteId = number;

/** What the engine needs from the world around it. */
export interface MlsEnv {
  readonly provider: Provider;
  readonly random: Random;
  /** Unix time in seconds, for the lifetimes of key packages. */
  readonly nowSeconds: () => number;
  /**
   * The Authentication Service (RFC 9420 §5.3.1): false, or a throw, refuses the leaf. Called for every leaf that
   * enters the tree: each leaf when joining, the new leaf of an Add, an Update and a Commit's path.
   */
  readonly authenticate: (leaf: LeafView) => boolean;
  /** The longest lifetime of a key package that is taken, in seconds (RFC 9420 §7.2); 400 days where not given. */
  readonly maximumLifetimeSeconds?: number;
  /** The suites that are allowed; all others fail with `UNSUPPORTED_SUITE`. */
  readonly suites: readonly SuiteId[];
}

/** A credential (RFC 9420 §5.3). Only basic credentials (type 1) are taken. */
export interface CredentialView {
  readonly type: number;
  readonly identity: Uint8Array;
}

/** What a caller may know of a leaf. */
export interface LeafView {
  /** `undefined` while the leaf has no place in the tree yet. */
  readonly leafIndex: number | undefined;
  readonly credential: CredentialView;
  readonly signatureKey: Uint8Array;
  readonly source: 'key_package' | 'update' | 'commit';
}

/** An extension of a group, leaf, key package (RFC 9420 §13.4). */
export interface ExtensionView {
  readonly type: number;
  readonly data: Uint8Array;
}

/** What a Commit does, for the caller's decision whether its author may do that. */
export interface CommitSummary {
  readonly committerLeafIndex: number;
  /** The committer's leaf as it is before the Commit. */
  readonly committer: LeafView;
  /** New members, each with the leaf index it gets. */
  readonly added: readonly LeafView[];
  /** Removed members, as they were. */
  readonly removed: readonly LeafView[];
  /** Members with a new leaf by Update proposal (the committer's own new leaf is not listed). */
  readonly updated: readonly LeafView[];
  /** The group extensions after the Commit, where it changes them. */
  readonly groupExtensions: readonly ExtensionView[] | undefined;
  /** Ids of the external pre-shared keys that it binds. */
  readonly pskIds: readonly Uint8Array[];
  /** The epoch that the Commit begins. */
  readonly epoch: number;
}

/**
 * A change of stored state, for the caller to write in its own transaction. Keys are short ASCII; `null` deletes.
 */
export interface StateWrite {
  readonly key: string;
  readonly value: Uint8Array | null;
}
