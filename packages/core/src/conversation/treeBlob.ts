import { type ExtensionView, encodedTreeOf, inspectWelcome, MlsError } from '@sotto/mls';
import { type BlobReference, decodeBlobReference, encodeBlobReference } from '@sotto/protocol';
import { openBlob, referTo, type SealedBlob, sealBlob } from '../blob/sealedBlob.ts';
import { decoded } from '../decoded.ts';
import type { CoreEnv } from '../env.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import { type Conversation, stateOf } from './conversation.ts';
import { refusalOf, type WelcomeForUs, welcomeRequest } from './joinFromWelcome.ts';

/** The extension of a GroupInfo that says where the ratchet tree is (private use range, RFC 9420 §17.3). */
const TREE_EXTENSION = 0xf0a2;

/**
 * Up to here the tree comes inside the Welcome: some 35 members, who are let in without another way to the relay and
 * back. Beyond, the Welcome would soon be more than an entry holds, and each who is let in would get a copy.
 */
const TREE_IN_WELCOME_BYTES = 65_536;
/** All copies together, where many are let in at once. */
const TREES_IN_WELCOMES_BYTES = 524_288;

/** Where a Commit that lets in so many puts the tree, and the reference once it was asked. */
export function treePlace(env: CoreEnv, newcomers: number) {
  let reference: BlobReference | undefined;
  return {
    /** As `treeElsewhere` of a `CommitRequest`. */
    choose(tree: Uint8Array): readonly ExtensionView[] | undefined {
      if (tree.length <= TREE_IN_WELCOME_BYTES && tree.length * newcomers <= TREES_IN_WELCOMES_BYTES)
        return undefined;
      reference = referTo(env, tree);
      return [{ type: TREE_EXTENSION, data: encodeBlobReference(reference) }];
    },
    get reference(): BlobReference | undefined {
      return reference;
    },
  };
}

/**
 * The tree that has to be at the relay before the pending commit is sent: those whom it lets in fetch it there.
 * `undefined` where there is none to put there.
 */
export function pendingTree(
  env: Pick<CoreEnv, 'provider'>,
  conversation: Conversation,
): SealedBlob | undefined {
  const { pending } = stateOf(conversation);
  if (pending?.commit.tree === undefined) return undefined;
  return sealBlob(env, pending.commit.tree, encodedTreeOf(pending.next));
}

/**
 * Where the tree is that `joinFromWelcome` needs; `undefined` when it is in the Welcome. The reference is as good as
 * whoever knew the link's pre-shared key: that the tree is the group's is checked when joining.
 *
 * Throws `IMPOSTOR` with `reason`, `UNSUPPORTED`, `MALFORMED`, as `joinFromWelcome` does.
 */
export function treeOfWelcome(env: CoreEnv, welcome: WelcomeForUs): BlobReference | undefined {
  try {
    const { extensions, hasTree } = inspectWelcome(mlsEnvOf(env), welcomeRequest(welcome));
    const place = extensions.find(({ type }) => type === TREE_EXTENSION);
    if (hasTree || place === undefined) return undefined;
    return decoded(() => decodeBlobReference(place.data));
  } catch (error) {
    if (error instanceof MlsError) throw refusalOf(error);
    throw error;
  }
}

/** The tree out of its blob's chunks, in order. Throws `CANNOT_OPEN`: the relay gave something else. */
export function openTree(
  env: Pick<CoreEnv, 'provider'>,
  reference: BlobReference,
  chunks: readonly Uint8Array[],
): Uint8Array {
  return openBlob(env, reference, chunks);
}
