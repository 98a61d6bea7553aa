import { describe, expect, it } from 'vitest';
import vectors from '../vectors/tsMls.vectors.json' with { type: 'json' };
import externalVectors from '../vectors/tsMlsExternalCommit.vectors.json' with { type: 'json' };
import { encode } from './codec/codec.ts';
import type { Provider } from './crypto/provider.ts';
import { PROVIDERS } from './crypto/testProviders.ts';
import { keyPackageSecretsCodec } from './group/keyPackages.ts';
import {
  type ExtensionView,
  exportSecret,
  type Group,
  groupInfoOf,
  inspectKeyPackage,
  type JoinResult,
  join,
  loadGroup,
  type MlsEnv,
  MlsError,
  open,
  saveGroup,
} from './index.ts';

/*
 * Histories made by ts-mls, of which the files say more. Here they are followed as the new member sees them: what was
 * written must be read, and each epoch must be the same epoch.
 */

type Base64 = string;
type Extensions = [type: number, data: Base64][];
interface EpochExpected {
  readonly epoch: number;
  readonly epochAuthenticator: Base64;
  readonly members: [leafIndex: number, identity: string][];
  readonly exports: [label: string, context: Base64, secret: Base64][];
}
interface ApplicationStep {
  readonly application: Base64;
  readonly sender: number;
  readonly epoch: number;
  readonly generation: number;
  readonly plaintext: string;
  readonly aad?: string;
}
interface ProposalStep {
  readonly proposal: Base64;
  readonly sender: number;
  readonly proposalType: number;
}
interface CommitStep extends Partial<EpochExpected> {
  readonly commit: Base64;
  readonly committer: number;
  readonly pskIds?: Base64[];
  readonly groupExtensions?: Extensions;
  readonly removesSelf?: boolean;
  /** The committer comes in by it. */
  readonly external?: boolean;
  /** Who takes the place of its former self. */
  readonly returned?: string;
}
type Step = ApplicationStep | ProposalStep | CommitStep;
interface History {
  readonly madeBy: string;
  readonly name: string;
  readonly suite: number;
  readonly keyPackage: Base64;
  readonly initPrivateKey: Base64;
  readonly leafPrivateKey: Base64;
  readonly signaturePrivateKey: Base64;
  readonly externalPsks: [id: Base64, psk: Base64][];
  readonly welcome: Base64;
  readonly ratchetTree?: Base64;
  readonly joined: EpochExpected & {
    readonly groupId: Base64;
    readonly ownLeafIndex: number;
    readonly signer: number;
    readonly groupExtensions: Extensions;
  };
  readonly steps: Step[];
}

const HISTORIES = [...vectors.histories, ...externalVectors.histories] as unknown as History[];

/** Inside the lifetimes of the key packages, whatever the day of the test. */
const NOW_SECONDS = Date.parse(vectors.date) / 1000;

/** A message of the epoch before comes late. */
const PAST_EPOCHS = 1;

function bytes(base64: Base64): Uint8Array {
  return Uint8Array.from(atob(base64), character => character.charCodeAt(0));
}

function base64(of: Uint8Array): Base64 {
  return btoa(Array.from(of, byte => String.fromCharCode(byte)).join(''));
}

function text(of: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(of);
}

function extensions(views: readonly ExtensionView[] | undefined): Extensions | undefined {
  return views?.map(({ type, data }) => [type, base64(data)]);
}

function environment(provider: Provider, history: History): MlsEnv {
  return {
    provider,
    random: () => {
      throw new Error('whoever only listens needs no randomness');
    },
    nowSeconds: () => NOW_SECONDS,
    authenticate: () => true,
    suites: [history.suite],
    policy: { externalCommits: 'psk-bound' },
  };
}

function pskLookup(history: History) {
  const known = new Map(history.externalPsks);
  return (id: Uint8Array) => {
    const psk = known.get(base64(id));
    return psk === undefined ? undefined : bytes(psk);
  };
}

function joinHistory(env: MlsEnv, history: History): JoinResult {
  return join(env, {
    welcome: bytes(history.welcome),
    keyPackage: bytes(history.keyPackage),
    privateState: encode(keyPackageSecretsCodec, {
      initPrivateKey: bytes(history.initPrivateKey),
      leafPrivateKey: bytes(history.leafPrivateKey),
      signaturePrivateKey: bytes(history.signaturePrivateKey),
    }),
    psk: pskLookup(history),
    ...(history.ratchetTree === undefined ? {} : { ratchetTree: bytes(history.ratchetTree) }),
    pastEpochs: PAST_EPOCHS,
  });
}

function expectEpoch(env: MlsEnv, group: Group, expected: EpochExpected): void {
  const info = groupInfoOf(group);
  expect(info.epoch).toBe(expected.epoch);
  expect(base64(info.epochAuthenticator)).toBe(expected.epochAuthenticator);
  expect(
    info.members.map(({ leafIndex, credential }) => [leafIndex, text(credential.identity)]),
  ).toStrictEqual(expected.members);
  for (const [label, context, secret] of expected.exports) {
    const lengthBytes = bytes(secret).length;
    expect(base64(exportSecret(env, group, label, bytes(context), lengthBytes))).toBe(secret);
  }
}

/** Opens the message of one step and checks all that is known of it. */
function takeStep(env: MlsEnv, history: History, group: Group, step: Step): Group {
  if ('application' in step) {
    const opened = open(env, group, bytes(step.application));
    if (opened.kind !== 'application') throw new Error(`not an application message but a ${opened.kind}`);
    const { senderLeafIndex, epoch, generation, plaintext, aad } = opened;
    expect({
      sender: senderLeafIndex,
      epoch,
      generation,
      plaintext: text(plaintext),
      aad: text(aad),
    }).toStrictEqual({
      sender: step.sender,
      epoch: step.epoch,
      generation: step.generation,
      plaintext: step.plaintext,
      aad: step.aad ?? '',
    });
    return opened.group;
  }
  if ('proposal' in step) {
    const opened = open(env, group, bytes(step.proposal));
    if (opened.kind !== 'proposal') throw new Error(`not a proposal but a ${opened.kind}`);
    expect(opened.senderLeafIndex).toBe(step.sender);
    expect(opened.proposalType).toBe(step.proposalType);
    return opened.group;
  }
  const before = groupInfoOf(group).members;
  const opened = open(env, group, bytes(step.commit), { psk: pskLookup(history) });
  if (opened.kind !== 'commit') throw new Error(`not a Commit but a ${opened.kind}`);
  const { summary } = opened;
  expect(summary.committerLeafIndex).toBe(step.committer);
  expect(summary.external).toBe(step.external ?? false);
  expect(opened.selfRemoved).toBe(step.removesSelf ?? false);
  expect(summary.pskIds.map(base64).sort()).toStrictEqual([...(step.pskIds ?? [])].sort());
  expect(extensions(summary.groupExtensions)).toStrictEqual(step.groupExtensions);
  if (step.removesSelf) return opened.group;

  const expected = step as CommitStep & EpochExpected;
  expectEpoch(env, opened.group, expected);
  const identities = (leaves: typeof summary.added) =>
    leaves.map(leaf => text(leaf.credential.identity)).sort();
  const was = identities(before);
  const is = expected.members.map(([, identity]) => identity).sort();
  const returned = step.returned === undefined ? [] : [step.returned];
  const added = is.filter(identity => !was.includes(identity));
  const removed = was.filter(identity => !is.includes(identity));
  expect(identities(summary.added)).toStrictEqual([...added, ...returned]);
  expect(identities(summary.removed)).toStrictEqual([...removed, ...returned]);
  return opened.group;
}

describe.each(PROVIDERS)('histories made by ts-mls, with $name', provider => {
  it.each(HISTORIES)('$madeBy, suite $suite: $name', history => {
    const env = environment(provider, history);
    inspectKeyPackage(env, bytes(history.keyPackage));
    const { group, signerLeafIndex } = joinHistory(env, history);
    const { joined } = history;
    expect(signerLeafIndex).toBe(joined.signer);
    const info = groupInfoOf(group);
    expect(base64(info.groupId)).toBe(joined.groupId);
    expect(info.suite).toBe(history.suite);
    expect(info.ownLeafIndex).toBe(joined.ownLeafIndex);
    expect(extensions(info.extensions)).toStrictEqual(joined.groupExtensions);
    expectEpoch(env, group, joined);
    history.steps.reduce((state, step) => takeStep(env, history, state, step), group);
  });
});

describe('histories made by ts-mls', () => {
  const [provider] = PROVIDERS as [Provider, ...Provider[]];

  it.each(HISTORIES)('are followed from stored records too: $name', history => {
    const env = environment(provider, history);
    const stored = (group: Group) =>
      loadGroup(
        saveGroup(group).flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])),
      );
    history.steps.reduce(
      (state, step) => takeStep(env, history, stored(state), step),
      joinHistory(env, history).group,
    );
  });

  it.each(HISTORIES.filter(({ externalPsks }) => externalPsks.length > 0))(
    'need their pre-shared keys: $name',
    history => {
      const env = environment(provider, history);
      const without = { ...history, externalPsks: [] };
      const follow = () =>
        history.steps.reduce(
          (state, step) => takeStep(env, without, state, step),
          joinHistory(env, without).group,
        );
      expect(follow).toThrow(expect.objectContaining({ constructor: MlsError, code: 'PSK_UNKNOWN' }));
    },
  );
});
