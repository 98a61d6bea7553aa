import { beforeEach, describe, expect, it } from 'vitest';
import { decode, encode, opaque } from '../codec/codec.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import type { MlsErrorCode, OpenOptions } from '../index.ts';
import { externalKeyPair } from '../keySchedule/keySchedule.ts';
import type { Proposal } from '../messages/proposal.ts';
import { forgedCommit } from '../testing/forgedCommit.ts';
import { type ExternalCommitForgery, forgedExternalCommit } from '../testing/forgedExternalCommit.ts';
import { cryptoOf, forgedPublic } from '../testing/forgedMessage.ts';
import { expectRefused, refusal } from '../testing/refusal.ts';
import { type Party, Scenario, utf8 } from '../testing/scenario.ts';
import type { Extension } from '../tree/extension.ts';
import type { LeafNode } from '../tree/leafNode.ts';
import { leafAt, ratchetTreeCodec } from '../tree/ratchetTree.ts';
import { ratchetTreeExtension, signedGroupInfo } from './groupInfo.ts';
import { decodeKeyPackage } from './keyPackages.ts';

const policy = { externalCommits: 'psk-bound' } as const;
const psk = { id: utf8('link'), psk: utf8('a secret of the link') };
const known: OpenOptions = { psk: () => psk.psk };

let scenario: Scenario;
let alice: Party;
let bob: Party;
let carol: Party;
let eve: Party;
beforeEach(() => {
  scenario = new Scenario({ seed: 92, policy });
  [alice, bob, carol] = scenario.groupOf('alice', 'bob', 'carol') as [Party, Party, Party];
  eve = scenario.party('eve');
});

function expectForgeryRefused(
  forgery: ExternalCommitForgery,
  code: MlsErrorCode,
  reason?: string,
  by: Party = eve,
  options: OpenOptions = known,
): void {
  expectRefused(bob, forgedExternalCommit(alice, by, psk, forgery), code, reason, options);
}

const remove = (party: Party): Proposal => ({ kind: 'remove', removed: party.leafIndex });
const withMore = (...more: readonly Proposal[]): ExternalCommitForgery => ({
  proposals: honest => [...honest, ...more],
});
const leafOf = (party: Party): LeafNode => leafAt(party.group.epoch.tree, party.leafIndex) as LeafNode;
const resumption = (usage: 'application' | 'reinit'): Proposal => {
  const { groupId, epoch } = alice.group.epoch.context;
  return { kind: 'psk', psk: { kind: 'resumption', usage, groupId, epoch, nonce: new Uint8Array(32) } };
};

it('(forged, but right in all, is taken)', () => {
  expect(bob.receive(forgedExternalCommit(alice, eve, psk), known)).toMatchObject({ kind: 'commit' });
  const again = scenario.party('bob');
  const resync = forgedExternalCommit(alice, again, psk, withMore(remove(bob)));
  expect(carol.receive(resync, known)).toMatchObject({ summary: { removed: [{ leafIndex: 1 }] } });
});

/** RFC 9420 §12.2, and the policy. */
describe('the proposals of an external commit are refused', () => {
  it('without an external PSK, by policy', () => {
    const only = (kind: Proposal['kind']) => (honest: readonly Proposal[]) =>
      honest.filter(proposal => proposal.kind === kind);
    expectForgeryRefused(
      { proposals: only('external_init') },
      'UNSUPPORTED_FEATURE',
      'external_commit_without_psk',
    );
    expectForgeryRefused(
      { proposals: honest => [...only('external_init')(honest), resumption('application')] },
      'UNSUPPORTED_FEATURE',
      'external_commit_without_psk',
    );
  });

  it('without an external init, or with two', () => {
    const inits =
      (count: number) =>
      (honest: readonly Proposal[]): Proposal[] =>
        honest.flatMap((one): Proposal[] =>
          one.kind === 'external_init' ? Array.from({ length: count }, () => one) : [one],
        );
    expectForgeryRefused({ proposals: inits(0) }, 'INVALID_COMMIT', 'external_init_count');
    expectForgeryRefused({ proposals: inits(2) }, 'INVALID_COMMIT', 'external_init_count');
  });

  it('that remove more than one, or nobody', () => {
    const again = scenario.party('carol');
    expectForgeryRefused(withMore(remove(carol), remove(alice)), 'INVALID_COMMIT', 'several_removes', again);
    expectForgeryRefused(withMore({ kind: 'remove', removed: 3 }), 'INVALID_COMMIT', 'unknown_leaf');
  });

  it('that remove somebody else', () => {
    expectForgeryRefused(withMore(remove(carol)), 'INVALID_COMMIT', 'former_self');
    // Who is taken out must not believe it either.
    expectForgeryRefused(withMore(remove(bob)), 'INVALID_COMMIT', 'former_self');
    const asBob = scenario.party('bob');
    const doubting = scenario.party('doubting', {
      isSameClient: () => {
        throw new Error('cannot tell');
      },
    });
    scenario.add(alice, [doubting], [bob, carol]);
    const message = forgedExternalCommit(alice, asBob, psk, withMore(remove(bob)));
    expectRefused(doubting, message, 'INVALID_COMMIT', 'former_self', known);
  });

  it('of other kinds', () => {
    const { keyPackage } = scenario.party('frank').keyPackage();
    const reInit = { groupId: utf8('new'), version: 1, cipherSuite: 1, extensions: [] };
    const others: readonly Proposal[] = [
      { kind: 'add', keyPackage: decodeKeyPackage(keyPackage) },
      { kind: 'update', leafNode: leafOf(carol) },
      { kind: 'group_context_extensions', extensions: [] },
      { kind: 'reinit', reInit },
    ];
    for (const other of others) {
      expectForgeryRefused(withMore(other), 'INVALID_COMMIT', 'not_in_external_commit');
    }
  });

  it('by reference', () => {
    const update = carol.propose({ kind: 'update' });
    for (const member of [alice, bob]) member.receive(update);
    const references = bob.group.proposals.map(({ reference }) => reference);
    expect(references).toHaveLength(1);
    expectForgeryRefused({ references }, 'INVALID_COMMIT', 'proposal_by_reference');
  });

  it('with a PSK that is meant for something else, has a bad nonce, or comes twice', () => {
    expectForgeryRefused(withMore(resumption('reinit')), 'INVALID_COMMIT', 'psk_usage');
    const nonce = new Uint8Array(31);
    const short: Proposal = { kind: 'psk', psk: { kind: 'external', id: psk.id, nonce } };
    expectForgeryRefused(withMore(short), 'INVALID_COMMIT', 'psk_nonce');
    const twice = (honest: readonly Proposal[]) => [...honest, honest[1] as Proposal];
    expectForgeryRefused({ proposals: twice }, 'INVALID_COMMIT', 'duplicate_psk');
  });

  it('in the commit of a member, or alone', () => {
    const external: Proposal = { kind: 'external_init', kemOutput: new Uint8Array(32) };
    const alone = forgedPublic(alice, { type: 'proposal', proposal: external }, undefined);
    expectRefused(bob, alone, 'INVALID_PROPOSAL', 'external_init');
    const inCommit = forgedCommit(alice, { proposals: [external] });
    expectRefused(bob, inCommit, 'INVALID_COMMIT', 'external_init');
  });
});

/** RFC 9420 §12.4.2, §12.4.3.2. */
describe('an external commit is refused', () => {
  it('without a path', () => {
    expectForgeryRefused({ withoutPath: true }, 'INVALID_COMMIT', 'path_missing');
  });

  it('of a member that says it is none, and all else from outside', () => {
    const sender = { kind: 'new_member_commit' } as const;
    expectRefused(bob, forgedCommit(alice, { message: { sender } }), 'INVALID_COMMIT', 'external_init_count');
    for (const other of [{ kind: 'external', senderIndex: 0 }, { kind: 'new_member_proposal' }] as const) {
      expectRefused(bob, forgedCommit(alice, { message: { sender: other } }), 'UNKNOWN_SENDER');
    }
  });

  it('that is none: newcomers send nothing else', () => {
    const proposal = remove(carol);
    expectForgeryRefused({ content: { type: 'proposal', proposal } }, 'MALFORMED');
    expectForgeryRefused({ content: { type: 'application', data: utf8('x') } }, 'MALFORMED');
  });

  it('not signed by the leaf in its path', () => {
    const signaturePrivateKey = scenario.random(32);
    expectForgeryRefused({ signaturePrivateKey }, 'BAD_SIGNATURE');
    expectForgeryRefused({ leaf: { signatureKey: new Uint8Array(32) } }, 'INVALID_COMMIT', 'crypto_input');
    expectForgeryRefused({ leafSignaturePrivateKey: signaturePrivateKey }, 'INVALID_COMMIT', 'signature');
  });

  it('whose leaf stands elsewhere than the first empty place', () => {
    expectForgeryRefused({ leafIndex: 4 }, 'INVALID_COMMIT', 'signature');
  });

  it('whose leaf is of another source, or not accepted', () => {
    const source = { kind: 'update' } as const;
    expectForgeryRefused({ leaf: { source } }, 'INVALID_COMMIT', 'leaf_node_source');
    scenario.accepts = leaf => leaf.source !== 'commit';
    expectForgeryRefused({}, 'NOT_AUTHENTICATED');
  });

  it('whose leaf does not fit the group', () => {
    const { capabilities } = leafOf(alice);
    const without = { ...capabilities, cipherSuites: [0x0a0a] };
    expectForgeryRefused({ leaf: { capabilities: without } }, 'INVALID_COMMIT', 'suite_not_supported');
  });

  it('of a client that is a member, unless it takes that one’s place', () => {
    const signaturePrivateKey = carol.signaturePrivateKey;
    const signatureKey = leafOf(carol).signatureKey;
    const forgery = {
      leaf: { signatureKey },
      leafSignaturePrivateKey: signaturePrivateKey,
      signaturePrivateKey,
    };
    const twin = scenario.party('carol');
    expectForgeryRefused(forgery, 'INVALID_COMMIT', 'duplicate_signature_key', twin);
    const resync = forgedExternalCommit(alice, twin, psk, { ...forgery, ...withMore(remove(carol)) });
    expect(bob.receive(resync, known)).toMatchObject({ summary: { removed: [{ leafIndex: 2 }] } });
  });

  it('that keeps the encryption key of its former self, or takes another’s', () => {
    const again = scenario.party('carol');
    const { encryptionKey } = leafOf(carol);
    expectForgeryRefused(
      { ...withMore(remove(carol)), leaf: { encryptionKey } },
      'INVALID_COMMIT',
      'path_leaf_key',
      again,
    );
    expectForgeryRefused({ leaf: { encryptionKey } }, 'INVALID_COMMIT', 'path_key_reused');
    const pathKeys = (keys: readonly Uint8Array[]) => [encryptionKey, ...keys.slice(1)];
    expectForgeryRefused({ pathKeys }, 'INVALID_COMMIT', 'path_key_reused');
  });

  it('with a path of the wrong length, or that cannot be decrypted', () => {
    expectForgeryRefused(
      { path: path => ({ ...path, nodes: path.nodes.slice(1) }) },
      'INVALID_COMMIT',
      'path_length',
    );
    const garbled = { kemOutput: new Uint8Array(32).fill(9), ciphertext: new Uint8Array(48) };
    expectForgeryRefused(
      {
        path: path => ({
          ...path,
          nodes: path.nodes.map(node => ({
            ...node,
            encryptedPathSecrets: node.encryptedPathSecrets.map(() => garbled),
          })),
        }),
      },
      'INVALID_COMMIT',
      'path_secret',
    );
    expectForgeryRefused(
      { leaf: { source: { kind: 'commit', parentHash: new Uint8Array(32) } } },
      'INVALID_COMMIT',
      'parent_hash',
    );
  });

  it('with a PSK that is not known, or known by another value', () => {
    expectForgeryRefused({}, 'PSK_UNKNOWN', undefined, eve, {});
    expectForgeryRefused({ psk: utf8('guessed') }, 'INVALID_COMMIT', 'confirmation_tag');
  });

  it('whose init secret is not the one of its external init', () => {
    // As members would find it if they went on from their own init secret, and not from the joiner’s.
    const { initSecret } = bob.group.epoch.secrets;
    expectForgeryRefused({ initSecret }, 'INVALID_COMMIT', 'confirmation_tag');
    const kemOutput = (bytes: Uint8Array): ExternalCommitForgery => ({
      proposals: ([, ...rest]) => [{ kind: 'external_init', kemOutput: bytes }, ...rest],
    });
    expectForgeryRefused(kemOutput(new Uint8Array(32)), 'INVALID_COMMIT', 'crypto_input');
    expectForgeryRefused(kemOutput(new Uint8Array(31)), 'INVALID_COMMIT', 'crypto_input');
    expectForgeryRefused(kemOutput(new Uint8Array(32).fill(9)), 'INVALID_COMMIT', 'confirmation_tag');
  });

  it('with another confirmation tag, or of another epoch', () => {
    expectForgeryRefused(
      { confirmationTag: tag => tag.map(byte => byte ^ 1) },
      'INVALID_COMMIT',
      'confirmation_tag',
    );
    expectForgeryRefused({ confirmationTag: () => new Uint8Array(0) }, 'INVALID_COMMIT', 'confirmation_tag');
    const { epoch } = bob.group.epoch.context;
    expectForgeryRefused({ epoch: epoch + 1n }, 'WRONG_EPOCH');
    expectForgeryRefused({ epoch: epoch - 1n }, 'WRONG_EPOCH');
  });

  it('where the policy is off, as everything from outside is', () => {
    const strict = scenario.party('strict', { policy: {} });
    scenario.add(alice, [strict], [bob, carol]);
    const message = forgedExternalCommit(alice, eve, psk);
    expectRefused(strict, message, 'UNKNOWN_SENDER', undefined, known);
    expect(bob.receive(message, known)).toMatchObject({ kind: 'commit' });
    expect(() => strict.groupInfo()).toThrowError(refusal('UNSUPPORTED_FEATURE', 'external_init'));
    const outside = scenario.party('outside', { policy: {} });
    expect(() => outside.prepareExternalJoin(bob.groupInfo(), psk)).toThrowError(
      refusal('UNSUPPORTED_FEATURE', 'external_init'),
    );
  });
});

describe('whoever joins by an external commit', () => {
  const join = (groupInfo: Uint8Array, request: Parameters<Party['prepareExternalJoin']>[2] = {}) =>
    eve.prepareExternalJoin(groupInfo, psk, request);
  const changed = (change: (info: object) => object, extensions?: (type: number) => boolean): Uint8Array => {
    const decoded = decode(mlsMessageCodec, alice.groupInfo());
    if (decoded.format !== 'group_info') throw new Error('no group info');
    const { message } = decoded;
    const kept = extensions ? message.extensions.filter(({ type }) => extensions(type)) : message.extensions;
    const forged = { ...message, extensions: kept, ...change(message) } as typeof message;
    return encode(mlsMessageCodec, { format: 'group_info', message: forged });
  };

  it('needs a PSK, a former self that is there, and capabilities for the group', () => {
    const info = alice.groupInfo();
    expect(() => join(info, { psks: [] })).toThrowError(
      refusal('UNSUPPORTED_FEATURE', 'external_commit_without_psk'),
    );
    expect(() => join(info, { formerLeafIndex: 3 })).toThrowError(
      refusal('INVALID_PROPOSAL', 'unknown_leaf'),
    );
    expect(() => join(info, { formerLeafIndex: 2 })).toThrowError(refusal('INVALID_COMMIT', 'former_self'));
    const demanding = new Scenario({ seed: 7, policy, requiredExtensions: [0xf123] }).founder('founder');
    expect(() => join(demanding.groupInfo())).toThrowError(refusal('INVALID_LEAF', 'required_capabilities'));
    expect(join(demanding.groupInfo(), { capabilitiesExtensions: [0xf123] }).signerLeafIndex).toBe(0);
  });

  it('refuses a group info that its signer did not sign as it is', () => {
    const tag = () => ({ confirmationTag: new Uint8Array(32) });
    expect(() => join(changed(tag))).toThrowError(refusal('INVALID_WELCOME', 'signature'));
    expect(() => join(changed(() => ({ signer: 1 })))).toThrowError(refusal('INVALID_WELCOME', 'signature'));
    const withoutPub = changed(
      () => ({}),
      type => type !== 4,
    );
    expect(() => join(withoutPub)).toThrowError(refusal('INVALID_WELCOME', 'signature'));
  });

  it('refuses what a member signed that is wrong: no external key, a bad one, another tree', () => {
    const { epoch } = alice.group;
    const tree = ratchetTreeExtension(encode(ratchetTreeCodec, epoch.tree));
    const signed = (context: Partial<typeof epoch.context>, ...extensions: readonly Extension[]) => {
      const forged = { ...epoch, context: { ...epoch.context, ...context } };
      const message = signedGroupInfo(cryptoOf(alice), forged, [tree, ...extensions]);
      return encode(mlsMessageCodec, { format: 'group_info', message });
    };
    const pub = (bytes: Uint8Array) => ({ type: 4, data: encode(opaque, bytes) });
    const good = pub(externalKeyPair(cryptoOf(alice), epoch.secrets).publicKey);
    expect(join(signed({}, good)).signerLeafIndex).toBe(0);
    const expectRefusedInfo = (info: Uint8Array, reason: string) =>
      expect(() => join(info)).toThrowError(refusal('INVALID_WELCOME', reason));
    expectRefusedInfo(signed({}), 'external_pub');
    expectRefusedInfo(signed({}, pub(new Uint8Array(32))), 'crypto_input');
    expectRefusedInfo(signed({}, pub(new Uint8Array(31))), 'crypto_input');
    expectRefusedInfo(signed({ treeHash: new Uint8Array(32) }, good), 'tree_hash');
    expectRefusedInfo(signed({ epoch: 2n ** 53n }, good), 'epoch');
  });

  it('asks about every member, and refuses a tree that is not the group’s', () => {
    const withoutTree = changed(
      () => ({}),
      type => type !== 2,
    );
    expect(() => join(withoutTree)).toThrowError(refusal('INVALID_WELCOME', 'no_tree'));
    scenario.accepts = ({ leafIndex }) => leafIndex !== 2;
    expect(() => join(alice.groupInfo())).toThrowError(refusal('NOT_AUTHENTICATED'));
  });

  it('refuses a group info of a suite that is not allowed, or none at all', () => {
    const narrow = scenario.party('narrow', { suites: [0xf002] });
    expect(() => narrow.prepareExternalJoin(alice.groupInfo(), psk)).toThrowError(
      refusal('UNSUPPORTED_SUITE'),
    );
    expect(() => join(eve.keyPackage().keyPackage)).toThrowError(refusal('MALFORMED'));
  });
});

describe('a member that was removed', () => {
  it('gets nothing by the group info of an epoch that it was in', () => {
    const old = alice.groupInfo();
    const carolThen = carol.group;
    const { commit } = alice.commit({ removes: [carol.leafIndex] });
    bob.receive(commit);
    carol.receive(commit);
    // With the PSK, but for an epoch that is over.
    const late = carol.prepareExternalJoin(old, psk, { formerLeafIndex: 2 });
    expectRefused(bob, late.commit, 'WRONG_EPOCH', undefined, known);
    // With the key of that epoch in place of the one of this.
    const { initSecret } = carolThen.epoch.secrets;
    const stale = forgedExternalCommit(alice, carol, psk, { initSecret });
    expectRefused(bob, stale, 'INVALID_COMMIT', 'confirmation_tag', known);
    // With a group info of now, but without the PSK.
    const guessed = { id: psk.id, psk: utf8('guessed') };
    const blind = carol.prepareExternalJoin(alice.groupInfo(), guessed);
    expectRefused(bob, blind.commit, 'INVALID_COMMIT', 'confirmation_tag', known);
    // What is said after another's external commit stays closed to it.
    const message = eve.joinExternally(alice.groupInfo(), psk);
    for (const member of [alice, bob]) member.receive(message, known);
    const words = eve.say('not for carol');
    for (const [group, code] of [
      [carolThen, 'WRONG_EPOCH'],
      [late.group, 'WRONG_EPOCH'],
      [blind.group, 'DECRYPT_FAILED'],
    ] as const) {
      carol.take(group, []);
      expect(() => carol.hear(words)).toThrowError(refusal(code));
    }
  });
});
