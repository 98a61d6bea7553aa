import type { Provider } from './crypto/provider.ts';

/** Fresh random bytes, from whoever calls the engine. */
export type Random = (lengthBytes: number) => Uint8Array;

/** A cipher suite's number (RFC 9420 §17.1). */
export type SuiteId = number;

/** What of RFC 9420 a group can do without. Each is refused unless it is switched on here. */
export interface MlsPolicy {
  /**
   * External Commits (RFC 9420 §12.4.3.2). `psk-bound` takes only those that bind an external PSK: a GroupInfo alone
   * lets nobody in.
   */
  readonly externalCommits?: 'refused' | 'psk-bound';
  /** Re-initialisation (RFC 9420 §11.2): one member's Commit ends the group for all, another group takes its place. */
  readonly reinit?: 'refused' | 'allowed';
  /** Subgroups that are bound to a group (RFC 9420 §11.3). */
  readonly branch?: 'refused' | 'allowed';
}

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
  /**
   * Whether two leaves stand for one client: where a client takes the place of its former self by an external Commit
   * (RFC 9420 §12.2), and where members go over into another group (§11.2, §11.3). The same identity in both
   * credentials where not given. That the new leaf has a right to its identity says `authenticate`.
   */
  readonly isSameClient?: (before: LeafView, after: LeafView) => boolean;
  /** What is switched on; nothing where not given. */
  readonly policy?: MlsPolicy;
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

/** The group that takes the place of one that is re-initialised (RFC 9420 §12.1.5). */
export interface ReInitView {
  readonly groupId: Uint8Array;
  readonly suite: SuiteId;
  /** All extensions that it has to have. */
  readonly extensions: readonly ExtensionView[];
}

/** What a Commit does, for the caller's decision whether its author may do that. */
export interface CommitSummary {
  readonly committerLeafIndex: number;
  /** The committer's leaf as it is before the Commit; of an external Commit, the leaf that it brings. */
  readonly committer: LeafView;
  /**
   * An external Commit: its author comes in by it, is listed in `added`, and `committerLeafIndex` is the place it gets.
   * A former self that it takes out is listed in `removed`.
   */
  readonly external: boolean;
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
  /** Set where the Commit ends this group: what the one in its place has to be. */
  readonly reinit: ReInitView | undefined;
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
