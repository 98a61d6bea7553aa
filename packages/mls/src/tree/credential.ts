import { type Codec, opaque, vector } from '../codec/codec.ts';
import { MlsError } from '../errors.ts';

export const BASIC_CREDENTIAL = 1;
const X509_CREDENTIAL = 2;

/** A credential (RFC 9420 §5.3). X.509 chains are carried, not evaluated: leaves that use them are refused. */
export type Credential =
  | { readonly type: typeof BASIC_CREDENTIAL; readonly identity: Uint8Array }
  | { readonly type: typeof X509_CREDENTIAL; readonly certificates: readonly Uint8Array[] };

const certificates = vector(opaque);

export const credentialCodec: Codec<Credential> = {
  read: r => {
    const type = r.uint16();
    switch (type) {
      case BASIC_CREDENTIAL:
        return { type, identity: r.opaque() };
      case X509_CREDENTIAL:
        return { type, certificates: certificates.read(r) };
      default:
        throw new MlsError('UNSUPPORTED_FEATURE', 'credential type is not known', { credentialType: type });
    }
  },
  write: (w, credential) => {
    w.uint16(credential.type);
    if (credential.type === BASIC_CREDENTIAL) w.opaque(credential.identity);
    else certificates.write(w, credential.certificates);
  },
};
