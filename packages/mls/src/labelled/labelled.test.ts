import { expect, it } from 'vitest';
import { fromHex, hex, seededRandom } from '../testing/scenario.ts';
import { runsOf } from '../testing/vectorCases.ts';
import { describeVectors } from '../testVectors.ts';
import { deriveSecret, deriveTreeSecret, expandWithLabel } from './kdf.ts';
import { decryptWithLabel, type EncryptionLabel, encryptWithLabel } from './publicKeyEncryption.ts';
import { refHash } from './reference.ts';
import { type SignatureLabel, signWithLabel, verifyWithLabel } from './signing.ts';

interface CryptoBasics {
  readonly cipher_suite: number;
  readonly ref_hash: Readonly<Record<'label' | 'value' | 'out', string>>;
  readonly expand_with_label: Readonly<Record<'secret' | 'label' | 'context' | 'out', string>> & {
    readonly length: number;
  };
  readonly derive_secret: Readonly<Record<'secret' | 'label' | 'out', string>>;
  readonly derive_tree_secret: Readonly<Record<'secret' | 'label' | 'out', string>> & {
    readonly generation: number;
    readonly length: number;
  };
  readonly sign_with_label: Readonly<Record<'priv' | 'pub' | 'content' | 'label' | 'signature', string>>;
  readonly encrypt_with_label: Readonly<
    Record<'priv' | 'pub' | 'label' | 'context' | 'plaintext' | 'kem_output' | 'ciphertext', string>
  >;
}

describeVectors('mls/crypto-basics.json', 'mlswg/mls-implementations', data => {
  it.each(runsOf<CryptoBasics>(data))('$title', ({ crypto, expected }) => {
    const { ref_hash: ref, expand_with_label: expand, derive_secret: derive } = expected;
    expect(hex(refHash(crypto, ref.label, fromHex(ref.value)))).toBe(ref.out);
    expect(
      hex(
        expandWithLabel(crypto, fromHex(expand.secret), expand.label, fromHex(expand.context), expand.length),
      ),
    ).toBe(expand.out);
    expect(hex(deriveSecret(crypto, fromHex(derive.secret), derive.label))).toBe(derive.out);
    const tree = expected.derive_tree_secret;
    expect(
      hex(deriveTreeSecret(crypto, fromHex(tree.secret), tree.label, tree.generation, tree.length)),
    ).toBe(tree.out);
    const sign = expected.sign_with_label;
    const [publicKey, label, content] = [
      fromHex(sign.pub),
      sign.label as SignatureLabel,
      fromHex(sign.content),
    ];
    const signature = signWithLabel(crypto, fromHex(sign.priv), label, content);
    expect(verifyWithLabel(crypto, publicKey, label, content, fromHex(sign.signature))).toBe(true);
    expect(verifyWithLabel(crypto, publicKey, label, content, signature)).toBe(true);
    expect(verifyWithLabel(crypto, publicKey, 'GroupInfoTBS', content, signature)).toBe(false);
    const sealed = expected.encrypt_with_label;
    const encryptionLabel = sealed.label as EncryptionLabel;
    const context = fromHex(sealed.context);
    const open = (kemOutput: Uint8Array, ciphertext: Uint8Array) =>
      decryptWithLabel(crypto, fromHex(sealed.priv), encryptionLabel, context, { kemOutput, ciphertext });
    expect(open(fromHex(sealed.kem_output), fromHex(sealed.ciphertext))).toEqual(fromHex(sealed.plaintext));
    const fresh = encryptWithLabel(
      crypto,
      seededRandom(1),
      fromHex(sealed.pub),
      encryptionLabel,
      context,
      fromHex(sealed.plaintext),
    );
    expect(open(fresh.kemOutput, fresh.ciphertext)).toEqual(fromHex(sealed.plaintext));
  });
});
