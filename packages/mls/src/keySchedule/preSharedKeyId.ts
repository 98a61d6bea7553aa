import { type Codec, enumeration, opaque, type Struct, struct, uint8, uint64 } from '../codec/codec.ts';
import { malformed } from '../codec/reader.ts';

/** What a resumption PSK is used for (RFC 9420 §8.4). */
type ResumptionUsage = 'application' | 'reinit' | 'branch';

const resumptionFields = {
  usage: enumeration<ResumptionUsage>(
    uint8,
    { application: 1, reinit: 2, branch: 3 },
    'resumption PSK usage',
  ),
  groupId: opaque,
  epoch: uint64,
  nonce: opaque,
};
const externalFields = { id: opaque, nonce: opaque };
const resumptionCodec = struct(resumptionFields);
const externalCodec = struct(externalFields);

/** A resumption PSK: of which epoch of which group, and what for. */
export type ResumptionPskId = { readonly kind: 'resumption' } & Struct<typeof resumptionFields>;

/** Which pre-shared key goes into an epoch (RFC 9420 §8.4). */
export type PreSharedKeyId =
  | ({ readonly kind: 'external' } & Struct<typeof externalFields>)
  | ResumptionPskId;

export const preSharedKeyIdCodec: Codec<PreSharedKeyId> = {
  read: r => {
    switch (r.uint8()) {
      case 1:
        return { kind: 'external', ...externalCodec.read(r) };
      case 2:
        return { kind: 'resumption', ...resumptionCodec.read(r) };
      default:
        throw malformed('PSK type is not known');
    }
  },
  write: (w, id) => {
    if (id.kind === 'external') {
      w.uint8(1);
      externalCodec.write(w, id);
    } else {
      w.uint8(2);
      resumptionCodec.write(w, id);
    }
  },
};
