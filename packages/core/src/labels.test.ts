import { deviceCertificateInput, sessionProofInput } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { utf8 } from './bytes.ts';
import { createIdentity, sessionProof } from './identity/identity.ts';
import { LABELS, labelled, SIGNING_LABELS, signLabelled, verifyLabelled } from './labels.ts';
import { testEnv } from './testEnv.fixture.ts';

const env = testEnv();
const identity = createIdentity(env, { kind: 'member' });
const message = utf8('one and the same message');

describe('threat 26: a signature obtained for one purpose used for another', () => {
  it('is worth something under its own label and nothing under any other', () => {
    const matrix = SIGNING_LABELS.map(signed => {
      const signature = signLabelled(env.provider, identity.devicePrivateKey, signed, message);
      return SIGNING_LABELS.map(asked =>
        verifyLabelled(env.provider, identity.deviceKey, asked, message, signature),
      );
    });
    expect(matrix).toEqual(
      SIGNING_LABELS.map((_, row) => SIGNING_LABELS.map((__, column) => row === column)),
    );
  });

  it('cannot be moved by making a label part of the message', () => {
    const [first, second] = SIGNING_LABELS;
    const signature = signLabelled(env.provider, identity.devicePrivateKey, first, message);
    const disguised = labelled(first, message).slice(second.length + 1);
    expect(verifyLabelled(env.provider, identity.deviceKey, second, disguised, signature)).toBe(false);
  });

  it('never reads as an MLS signature, whose input begins with a length and "MLS 1.0 " (RFC 9420 §5.1.2)', () => {
    for (const label of SIGNING_LABELS) {
      const input = labelled(label, message);
      // 0x73, an "s", would begin a two-byte length of over 13,000: no label of MLS is as long.
      expect(input[0]).toBe(0x73);
      expect(((input[0]! & 0x3f) << 8) | input[1]!).toBeGreaterThan(13_000);
    }
  });
});

describe('labels', () => {
  it('are all different, and none is the beginning of another with its zero byte', () => {
    const all = Object.values(LABELS);
    expect(new Set(all).size).toBe(all.length);
    for (const label of all) expect(label).toMatch(/^sotto\/[a-z/-]+-v1$/);
  });

  it('are what relay and other clients check against: the inputs that the protocol documents', () => {
    expect(labelled(LABELS.deviceCertificate, message)).toEqual(deviceCertificateInput(message));
    const nonce = env.random(32);
    const proof = sessionProof(env, identity, 'https://host.example:8443', nonce);
    const input = sessionProofInput('https://host.example:8443', nonce);
    expect(env.provider.ed25519Verify(identity.deviceKey, input, proof)).toBe(true);
  });
});
