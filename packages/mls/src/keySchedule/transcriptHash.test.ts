import { expect, it } from 'vitest';
import { decode } from '../codec/codec.ts';
import { authenticatedContentCodec } from '../framing/framedContent.ts';
import { mac } from '../labelled/kdf.ts';
import { fromHex, hex } from '../testing/scenario.ts';
import { runsOf } from '../testing/vectorCases.ts';
import { describeVectors } from '../testVectors.ts';
import { confirmedTranscriptHash, interimTranscriptHash } from './transcriptHash.ts';

interface TranscriptCase {
  readonly cipher_suite: number;
  readonly confirmation_key: string;
  readonly authenticated_content: string;
  readonly interim_transcript_hash_before: string;
  readonly confirmed_transcript_hash_after: string;
  readonly interim_transcript_hash_after: string;
}

describeVectors('mls/transcript-hashes.json', 'mlswg/mls-implementations', data => {
  it.each(runsOf<TranscriptCase>(data))('$title', ({ crypto, expected }) => {
    const message = decode(authenticatedContentCodec, fromHex(expected.authenticated_content));
    const tag = message.auth.confirmationTag as Uint8Array;
    const before = fromHex(expected.interim_transcript_hash_before);
    const confirmed = confirmedTranscriptHash(crypto, before, message, message.auth.signature);
    expect(hex(confirmed)).toBe(expected.confirmed_transcript_hash_after);
    expect(mac(crypto, fromHex(expected.confirmation_key), confirmed)).toEqual(tag);
    expect(hex(interimTranscriptHash(crypto, confirmed, tag))).toBe(expected.interim_transcript_hash_after);
  });
});
