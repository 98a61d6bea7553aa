import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Codec, decode, encode, opaque, uint32 } from '../codec/codec.ts';
import { MlsError } from '../errors.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { preSharedKeyIdCodec } from '../keySchedule/preSharedKeyId.ts';
import { describeVectors } from '../testVectors.ts';
import { extensionsCodec } from '../tree/extension.ts';
import { leafNodeCodec } from '../tree/leafNode.ts';
import { ratchetTreeCodec } from '../tree/ratchetTree.ts';
import { commitCodec } from './commit.ts';
import { keyPackageCodec } from './keyPackage.ts';
import { proposalCodec, reInitCodec } from './proposal.ts';
import { groupSecretsCodec } from './welcome.ts';

const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16));

const again =
  <T>(codec: Codec<T>) =>
  (bytes: Uint8Array): Uint8Array =>
    encode(codec, decode(codec, bytes));

const FIELDS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  mls_welcome: again(mlsMessageCodec),
  mls_group_info: again(mlsMessageCodec),
  mls_key_package: again(mlsMessageCodec),
  ratchet_tree: again(ratchetTreeCodec),
  group_secrets: again(groupSecretsCodec),
  add_proposal: again(keyPackageCodec),
  update_proposal: again(leafNodeCodec),
  remove_proposal: again(uint32),
  pre_shared_key_proposal: again(preSharedKeyIdCodec),
  re_init_proposal: again(reInitCodec),
  external_init_proposal: again(opaque),
  group_context_extensions_proposal: again(extensionsCodec),
  commit: again(commitCodec),
  public_message_application: again(mlsMessageCodec),
  public_message_proposal: again(mlsMessageCodec),
  public_message_commit: again(mlsMessageCodec),
  private_message: again(mlsMessageCodec),
};

describeVectors('mls/messages.json', 'mlswg/mls-implementations', data => {
  const cases = data as Record<string, string>[];
  it.each(Object.keys(FIELDS))('%s decodes and encodes to the same bytes', field => {
    expect(cases.length).toBeGreaterThan(0);
    for (const messages of cases) {
      const bytes = fromHex(messages[field] as string);
      expect(FIELDS[field]?.(bytes)).toEqual(bytes);
    }
  });

  it('damaged messages give a message that encodes back, or MlsError', () => {
    const originals = Object.keys(FIELDS).map(
      field => [field, fromHex(cases[0]?.[field] as string)] as const,
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        ([field, original], changes, cut) => {
          const damaged = original.slice(0, original.length - (cut % 3));
          for (const [at, value] of changes) damaged[at % damaged.length] = value;
          try {
            expect(FIELDS[field]?.(damaged)).toEqual(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(MlsError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

it('answers random bytes with a value that encodes to them, or with MlsError', () => {
  const all = [...Object.values(FIELDS), again(proposalCodec)];
  fc.assert(
    fc.property(fc.constantFrom(...all), fc.uint8Array({ maxLength: 300 }), (decodeAndEncode, bytes) => {
      try {
        expect(decodeAndEncode(bytes)).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(MlsError);
      }
    }),
    { numRuns: 3000 },
  );
});
