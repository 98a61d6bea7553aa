import { encode } from '../codec/codec.ts';
import { Writer } from '../codec/writer.ts';
import { suiteOf } from '../crypto/suites.ts';
import {
  type Content,
  type FramedContent,
  framedContentTbs,
  type Sender,
  writeContent,
} from '../framing/framedContent.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { sealStatement, signStatement } from '../framing/privateMessage.ts';
import { sealPublic } from '../framing/publicMessage.ts';
import { takeNextKey } from '../keySchedule/secretTree.ts';
import { zeroSecret } from '../labelled/kdf.ts';
import { type SignatureLabel, signWithLabel } from '../labelled/signing.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { Party } from './scenario.ts';

/*
 * Messages that the engine would never make: everything the engine checks before it sends is left out here, while
 * signatures, tags and keys are right, as an insider with a changed client would have them.
 */

export function cryptoOf(party: Party): SuiteCrypto {
  return { provider: party.env.provider, suite: suiteOf(party.suite) };
}

/** What is wrong with a message of a member. */
export interface MessageForgery {
  readonly sender?: Sender;
  readonly leafIndex?: number;
  readonly groupId?: Uint8Array;
  readonly epoch?: bigint;
  readonly signatureLabel?: SignatureLabel;
  readonly signaturePrivateKey?: Uint8Array;
  readonly membershipKey?: Uint8Array;
  /** Bytes put behind content and signature, where zeros belong. */
  readonly padding?: Uint8Array;
}

/** Any content as a PublicMessage, signed and tagged. */
export function forgedPublic(
  by: Party,
  content: Content,
  confirmationTag: Uint8Array | undefined,
  forgery: MessageForgery = {},
): Uint8Array {
  const { frame, own, secrets } = by.group.epoch;
  const crypto = cryptoOf(by);
  const framed: FramedContent = {
    groupId: forgery.groupId ?? frame.groupId,
    epoch: forgery.epoch ?? frame.epoch,
    sender: forgery.sender ?? { kind: 'member', leafIndex: forgery.leafIndex ?? own.leafIndex },
    authenticatedData: new Uint8Array(0),
    content,
  };
  const tbs = framedContentTbs('public_message', framed, frame.groupContext);
  const signature = signWithLabel(
    crypto,
    forgery.signaturePrivateKey ?? own.signaturePrivateKey,
    forgery.signatureLabel ?? 'FramedContentTBS',
    tbs,
  );
  const auth = { signature, confirmationTag };
  if (framed.sender.kind !== 'member' || content.type === 'application') {
    const membershipTag = framed.sender.kind === 'member' ? zeroSecret(crypto) : undefined;
    return encode(mlsMessageCodec, { format: 'public_message', message: { framed, auth, membershipTag } });
  }
  return sealPublic(crypto, framed, auth, frame.groupContext, forgery.membershipKey ?? secrets.membershipKey);
}

/** Any content as a PrivateMessage, signed and encrypted. The sender's ratchet stays where it was. */
export function forgedPrivate(
  by: Party,
  content: Content,
  confirmationTag: Uint8Array | undefined,
  forgery: MessageForgery & { readonly generation?: number } = {},
): Uint8Array {
  const { frame, own, secrets } = by.group.epoch;
  const crypto = cryptoOf(by);
  const writer = new Writer();
  writeContent(writer, content);
  const leafIndex = forgery.leafIndex ?? own.leafIndex;
  const statement = {
    leafIndex,
    authenticatedData: new Uint8Array(0),
    contentType: content.type,
    content: writer.finish(),
  };
  const signature = signStatement(
    crypto,
    frame,
    statement,
    forgery.signaturePrivateKey ?? own.signaturePrivateKey,
  );
  const type = content.type === 'application' ? 'application' : 'handshake';
  const taken = takeNextKey(crypto, by.group.secretTree, type, own.leafIndex);
  const generation = forgery.generation ?? taken.generation;
  const sealing = forgery.padding === undefined ? crypto : paddedCrypto(crypto, forgery.padding);
  return sealStatement(
    sealing,
    by.env.random,
    { ...frame, epoch: forgery.epoch ?? frame.epoch },
    secrets.senderDataSecret,
    { ...taken, generation },
    statement,
    { signature, confirmationTag },
    0,
  );
}

/** Puts bytes behind the first plaintext that is sealed. */
function paddedCrypto(crypto: SuiteCrypto, padding: Uint8Array): SuiteCrypto {
  let first = true;
  const { provider } = crypto;
  return {
    ...crypto,
    provider: {
      ...provider,
      aeadSeal: (aead, key, nonce, aad, plaintext) => {
        if (!first) return provider.aeadSeal(aead, key, nonce, aad, plaintext);
        first = false;
        const padded = new Uint8Array(plaintext.length + padding.length);
        padded.set(plaintext);
        padded.set(padding, plaintext.length);
        return provider.aeadSeal(aead, key, nonce, aad, padded);
      },
    },
  };
}
