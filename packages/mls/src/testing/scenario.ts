import { nodeProvider } from '../crypto/nodeProvider.ts';
import type { Provider } from '../crypto/provider.ts';
import { SUITES } from '../crypto/suites.ts';
import {
  type CommitRequest,
  type CommitResult,
  commit,
  createGroup,
  createGroupInfo,
  createKeyPackage,
  type ExternalJoinRequest,
  type ExternalJoinResult,
  encrypt,
  type Group,
  type GroupRequest,
  groupInfoOf,
  join,
  joinByExternalCommit,
  type KeyPackageRequest,
  type LinkedGroup,
  type MlsEnv,
  type MlsPolicy,
  type NewKeyPackage,
  type Opened,
  type OpenOptions,
  open,
  type ProposedChange,
  type ProposeOptions,
  propose,
  type Random,
  type StateWrite,
  saveGroup,
} from '../index.ts';

/** Random bytes that are the same for the same seed (mulberry32). For tests only. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 24;
  };
  return lengthBytes => Uint8Array.from({ length: lengthBytes }, next);
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
export const fromHex = (digits: string): Uint8Array =>
  Uint8Array.from(digits.match(/../g) ?? [], pair => Number.parseInt(pair, 16));

/** 2026-01-01, in seconds: what time it is in every scenario. */
export const SCENARIO_NOW = 1_767_225_600;

export interface ScenarioOptions {
  readonly suite?: number;
  readonly seed?: number;
  readonly provider?: Provider;
  readonly pastEpochs?: number;
  readonly resumptionPsks?: number;
  readonly groupExtensions?: GroupRequest['groupExtensions'];
  readonly requiredExtensions?: readonly number[];
  /** Everybody's, unless a party has its own. */
  readonly policy?: MlsPolicy;
}

/** An external PSK as a test hands it about. */
export interface ExternalPsk {
  readonly id: Uint8Array;
  readonly psk: Uint8Array;
}

/** One client: what it stores is kept beside its state, write by write, as a real client would. */
export class Party {
  readonly stored = new Map<string, Uint8Array>();
  #group: Group | undefined;

  constructor(
    readonly name: string,
    readonly env: MlsEnv,
    readonly suite: number,
    readonly signaturePrivateKey: Uint8Array,
    readonly retention: { readonly pastEpochs: number; readonly resumptionPsks: number },
  ) {}

  get group(): Group {
    if (this.#group === undefined) throw new Error(`${this.name} is in no group`);
    return this.#group;
  }

  get leafIndex(): number {
    return groupInfoOf(this.group).ownLeafIndex;
  }

  /** Takes a step: the new group, and what it writes. */
  take(group: Group, writes: readonly StateWrite[]): void {
    this.#group = group;
    for (const { key, value } of writes) {
      if (value === null) this.stored.delete(key);
      else this.stored.set(key, value);
    }
  }

  keyPackage(request: Partial<KeyPackageRequest> = {}): NewKeyPackage {
    return createKeyPackage(this.env, {
      suite: this.suite,
      credentialIdentity: utf8(this.name),
      signaturePrivateKey: this.signaturePrivateKey,
      lifetimeSeconds: 86_400,
      ...request,
    });
  }

  say(words: string): Uint8Array {
    const { group, message, writes } = encrypt(this.env, this.group, { plaintext: utf8(words) });
    this.take(group, writes);
    return message;
  }

  receive(message: Uint8Array, options: OpenOptions = {}): Opened {
    const opened = open(this.env, this.group, message, options);
    this.take(opened.group, opened.writes);
    return opened;
  }

  hear(message: Uint8Array): string {
    const opened = this.receive(message);
    if (opened.kind !== 'application') throw new Error(`expected words, got a ${opened.kind}`);
    return text(opened.plaintext);
  }

  propose(change: ProposedChange, options?: ProposeOptions): Uint8Array {
    const { group, message, writes } = propose(this.env, this.group, change, options);
    this.take(group, writes);
    return message;
  }

  /** Makes a Commit and spends its key; what follows is for the caller to say. */
  prepare(request: CommitRequest): CommitResult {
    const result = commit(this.env, this.group, request);
    this.take(result.group, result.groupWrites);
    return result;
  }

  /** Makes a Commit that is accepted at once. */
  commit(request: CommitRequest = {}): CommitResult {
    const result = this.prepare(request);
    this.take(result.next, result.writes);
    return result;
  }

  groupInfo(): Uint8Array {
    return createGroupInfo(this.env, this.group);
  }

  /** Makes an external Commit with this PSK; what follows is for the caller to say. */
  prepareExternalJoin(
    groupInfo: Uint8Array,
    psk: ExternalPsk,
    request: Partial<ExternalJoinRequest> = {},
  ): ExternalJoinResult {
    return joinByExternalCommit(this.env, {
      groupInfo,
      psks: [psk],
      credentialIdentity: utf8(this.name),
      signaturePrivateKey: this.signaturePrivateKey,
      ...this.retention,
      ...request,
    });
  }

  /** Joins by an external Commit that is accepted at once. */
  joinExternally(
    groupInfo: Uint8Array,
    psk: ExternalPsk,
    request: Partial<ExternalJoinRequest> = {},
  ): Uint8Array {
    const { group, writes, commit } = this.prepareExternalJoin(groupInfo, psk, request);
    this.start(group, writes);
    return commit;
  }

  /** Takes a group that does not follow on the one it had. */
  start(group: Group, writes: readonly StateWrite[]): void {
    this.stored.clear();
    this.take(group, writes);
  }

  /** Takes up a group made of its own; the Welcome is for the others. */
  begin({ group, writes, welcome }: LinkedGroup): Uint8Array {
    this.start(group, writes);
    return welcome;
  }

  join(
    welcome: Uint8Array,
    own: NewKeyPackage,
    options: { ratchetTree?: Uint8Array; psk?: OpenOptions['psk']; parent?: Group } = {},
  ): number {
    const { group, writes, signerLeafIndex } = join(this.env, {
      welcome,
      keyPackage: own.keyPackage,
      privateState: own.privateState,
      ...this.retention,
      ...(options.psk && { psk: options.psk }),
      ...(options.parent && { parent: options.parent }),
      ...(options.ratchetTree && { ratchetTree: options.ratchetTree }),
    });
    this.start(group, writes);
    return signerLeafIndex;
  }

  /** What everybody in the same epoch agrees on. */
  get agreement(): string {
    const { epoch, epochAuthenticator, members } = groupInfoOf(this.group);
    return `${epoch} ${hex(epochAuthenticator)} ${members.map(({ leafIndex, credential }) => `${leafIndex}=${text(credential.identity)}`)}`;
  }

  /** True where what was stored write by write is what storing everything now would give. */
  isStoredFaithfully(): boolean {
    const whole = new Map(saveGroup(this.group).map(({ key, value }) => [key, value]));
    if (whole.size !== this.stored.size) return false;
    return [...whole].every(([key, value]) => {
      const other = this.stored.get(key);
      return value !== null && other !== undefined && hex(value) === hex(other);
    });
  }
}

/** A little world of clients, with one source of randomness and one clock. */
export class Scenario {
  readonly random: Random;
  readonly suite: number;
  /** Everybody's Authentication Service; takes everybody unless a test says otherwise. */
  accepts: MlsEnv['authenticate'] = () => true;
  readonly #options: ScenarioOptions;

  constructor(options: ScenarioOptions = {}) {
    this.#options = options;
    this.random = seededRandom(options.seed ?? 1);
    this.suite = options.suite ?? SUITES.X25519_AES128GCM_SHA256_ED25519;
  }

  party(name: string, env: Partial<MlsEnv> = {}): Party {
    return new Party(
      name,
      {
        provider: this.#options.provider ?? nodeProvider,
        random: this.random,
        nowSeconds: () => SCENARIO_NOW,
        authenticate: leaf => this.accepts(leaf),
        suites: Object.values(SUITES),
        ...(this.#options.policy && { policy: this.#options.policy }),
        ...env,
      },
      this.suite,
      this.random(32),
      { pastEpochs: this.#options.pastEpochs ?? 0, resumptionPsks: this.#options.resumptionPsks ?? 0 },
    );
  }

  /** A party that created a group of its own. */
  founder(name: string, request: Partial<GroupRequest> = {}): Party {
    const founder = this.party(name);
    const { group, writes } = createGroup(founder.env, {
      suite: this.suite,
      groupId: this.random(16),
      credentialIdentity: utf8(name),
      signaturePrivateKey: founder.signaturePrivateKey,
      groupExtensions: this.#options.groupExtensions ?? [],
      requiredExtensions: this.#options.requiredExtensions ?? [],
      ...founder.retention,
      ...request,
    });
    founder.take(group, writes);
    return founder;
  }

  /** Has `by` add these by one Commit, which `others` receive. */
  add(by: Party, newcomers: readonly Party[], others: readonly Party[] = []): CommitResult {
    const keyPackages = newcomers.map(newcomer => newcomer.keyPackage());
    const result = by.commit({ adds: keyPackages.map(({ keyPackage }) => keyPackage) });
    for (const other of others) other.receive(result.commit);
    for (const [index, newcomer] of newcomers.entries()) {
      newcomer.join(result.welcome as Uint8Array, keyPackages[index] as NewKeyPackage);
    }
    return result;
  }

  /** A group whose members are these, added one after the other by the first. */
  groupOf(...names: readonly string[]): Party[] {
    const [first, ...rest] = names;
    const everybody = [this.founder(first as string)];
    for (const name of rest) {
      const newcomer = this.party(name);
      this.add(everybody[0] as Party, [newcomer], everybody.slice(1));
      everybody.push(newcomer);
    }
    return everybody;
  }
}
