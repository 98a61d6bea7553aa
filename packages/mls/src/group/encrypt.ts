import { opaqueBytes, Writer } from '../codec/writer.ts';
import type { MlsEnv, StateWrite } from '../env.ts';
import { type Statement, sealStatement, signStatement } from '../framing/privateMessage.ts';
import { takeNextKey } from '../keySchedule/secretTree.ts';
import { suiteCrypto } from '../labelled/suiteCrypto.ts';
import { type Group, refuseClosed } from './group.ts';
import { secretTreeWrite, withoutStale } from './records.ts';

const NO_BYTES = new Uint8Array(0);

/** An application message to be. */
export interface EncryptRequest {
  readonly plaintext: Uint8Array;
  /** Authenticated, not encrypted: everybody on the way can read it. */
  readonly aad?: Uint8Array;
  /** Pads plaintext, signature and framing together to at least so many bytes. */
  readonly paddingToBytes?: number;
}

/** An application message, and the group after it. */
export interface EncryptResult {
  readonly group: Group;
  /** MLSMessage with wire format mls_private_message. */
  readonly message: Uint8Array;
  /** To be stored before the message leaves: a key must never be used twice. */
  readonly writes: StateWrite[];
  /** Secrets to be overwritten once `group` took the place of the old one. */
  readonly wipe: Uint8Array[];
}

/**
 * Encrypts an application message (RFC 9420 §6.3, §15). The cost does not depend on the size of the group, except
 * that the first message of an epoch walks down the secret tree.
 * @throws {MlsError} `REMOVED`, `REINITIALIZED`, `USAGE` (no generation left in this epoch), `UNSUPPORTED_SUITE`
 */
export function encrypt(env: MlsEnv, group: Group, request: EncryptRequest): EncryptResult {
  refuseClosed(group);
  const { frame, own, secrets, context } = group.epoch;
  const crypto = suiteCrypto(env, context.cipherSuite);
  const content = new Writer(opaqueBytes(request.plaintext.length));
  content.opaque(request.plaintext);
  const statement: Statement = {
    leafIndex: own.leafIndex,
    authenticatedData: request.aad ?? NO_BYTES,
    contentType: 'application',
    content: content.finish(),
  };
  const signature = signStatement(crypto, frame, statement, own.signaturePrivateKey);
  const taken = takeNextKey(crypto, group.secretTree, 'application', own.leafIndex);
  const message = sealStatement(
    crypto,
    env.random,
    frame,
    secrets.senderDataSecret,
    taken,
    statement,
    { signature, confirmationTag: undefined },
    request.paddingToBytes ?? 0,
  );
  const tidy = withoutStale(group);
  return {
    group: { ...tidy.group, secretTree: taken.tree },
    message,
    writes: [...tidy.writes, ...taken.changes.map(change => secretTreeWrite(frame.epoch, change))],
    wipe: [...taken.consumed, taken.key, taken.nonce],
  };
}
