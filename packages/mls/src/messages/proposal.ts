import { type Codec, opaque, type Struct, struct, uint16 } from '../codec/codec.ts';
import { MlsError } from '../errors.ts';
import { type PreSharedKeyId, preSharedKeyIdCodec } from '../keySchedule/preSharedKeyId.ts';
import { type Extension, extensionsCodec } from '../tree/extension.ts';
import { type LeafNode, leafNodeCodec } from '../tree/leafNode.ts';
import { type KeyPackage, keyPackageCodec } from './keyPackage.ts';

/** Proposal types (RFC 9420 §17.4). */
export const PROPOSAL_TYPE = {
  add: 1,
  update: 2,
  remove: 3,
  psk: 4,
  reinit: 5,
  external_init: 6,
  group_context_extensions: 7,
} as const;

const reInitFields = {
  groupId: opaque,
  version: uint16,
  cipherSuite: uint16,
  extensions: extensionsCodec,
};
export const reInitCodec = struct(reInitFields);
/** What the group is to be that takes this one's place (RFC 9420 §12.1.5). */
export type ReInit = Struct<typeof reInitFields>;

/** A change of the group that a Commit can bring into effect (RFC 9420 §12.1). */
export type Proposal =
  | { readonly kind: 'add'; readonly keyPackage: KeyPackage }
  | { readonly kind: 'update'; readonly leafNode: LeafNode }
  | { readonly kind: 'remove'; readonly removed: number }
  | { readonly kind: 'psk'; readonly psk: PreSharedKeyId }
  | { readonly kind: 'reinit'; readonly reInit: ReInit }
  | { readonly kind: 'external_init'; readonly kemOutput: Uint8Array }
  | { readonly kind: 'group_context_extensions'; readonly extensions: readonly Extension[] };

/**
 * Proposals of unknown types cannot be told apart from what follows them, and this engine lists none in its
 * capabilities, so that none may be sent to it: they fail with `UNSUPPORTED_FEATURE`.
 */
export const proposalCodec: Codec<Proposal> = {
  read: r => {
    const type = r.uint16();
    switch (type) {
      case PROPOSAL_TYPE.add:
        return { kind: 'add', keyPackage: keyPackageCodec.read(r) };
      case PROPOSAL_TYPE.update:
        return { kind: 'update', leafNode: leafNodeCodec.read(r) };
      case PROPOSAL_TYPE.remove:
        return { kind: 'remove', removed: r.uint32() };
      case PROPOSAL_TYPE.psk:
        return { kind: 'psk', psk: preSharedKeyIdCodec.read(r) };
      case PROPOSAL_TYPE.reinit:
        return { kind: 'reinit', reInit: reInitCodec.read(r) };
      case PROPOSAL_TYPE.external_init:
        return { kind: 'external_init', kemOutput: r.opaque() };
      case PROPOSAL_TYPE.group_context_extensions:
        return { kind: 'group_context_extensions', extensions: extensionsCodec.read(r) };
      default:
        throw new MlsError('UNSUPPORTED_FEATURE', 'proposal type is not known', { proposalType: type });
    }
  },
  write: (w, proposal) => {
    w.uint16(PROPOSAL_TYPE[proposal.kind]);
    switch (proposal.kind) {
      case 'add':
        return keyPackageCodec.write(w, proposal.keyPackage);
      case 'update':
        return leafNodeCodec.write(w, proposal.leafNode);
      case 'remove':
        return w.uint32(proposal.removed);
      case 'psk':
        return preSharedKeyIdCodec.write(w, proposal.psk);
      case 'reinit':
        return reInitCodec.write(w, proposal.reInit);
      case 'external_init':
        return w.opaque(proposal.kemOutput);
      case 'group_context_extensions':
        return extensionsCodec.write(w, proposal.extensions);
    }
  },
};
