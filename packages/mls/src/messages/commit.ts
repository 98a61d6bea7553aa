import { type Codec, optional, type Struct, struct, vector } from '../codec/codec.ts';
import { malformed } from '../codec/reader.ts';
import { type Proposal, proposalCodec } from './proposal.ts';
import { updatePathCodec } from './updatePath.ts';

/** A proposal in a Commit, by value or by the hash of the message that carried it (RFC 9420 §12.4). */
export type ProposalOrRef =
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'reference'; readonly reference: Uint8Array };

const proposalOrRefCodec: Codec<ProposalOrRef> = {
  read: r => {
    switch (r.uint8()) {
      case 1:
        return { kind: 'proposal', proposal: proposalCodec.read(r) };
      case 2:
        return { kind: 'reference', reference: r.opaque() };
      default:
        throw malformed('neither proposal nor reference');
    }
  },
  write: (w, item) => {
    if (item.kind === 'proposal') {
      w.uint8(1);
      proposalCodec.write(w, item.proposal);
    } else {
      w.uint8(2);
      w.opaque(item.reference);
    }
  },
};

const commitFields = { proposals: vector(proposalOrRefCodec), path: optional(updatePathCodec) };
/** Begins a new epoch (RFC 9420 §12.4). */
export type Commit = Struct<typeof commitFields>;
export const commitCodec: Codec<Commit> = struct(commitFields);
