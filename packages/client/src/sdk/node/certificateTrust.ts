import { createHash, type X509Certificate } from 'node:crypto';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { SottoError } from '../sottoError.ts';

/** Which certificate was given, where it is none that this computer trusts. */
export interface CertificatePin {
  /** Its SHA-256. */
  readonly certificate?: string;
  /** SHA-256 of its public key (SubjectPublicKeyInfo), once it was shown: a renewed one has the same. */
  readonly certificateKey?: string;
}

/** `pin` with another certificate, if one is given: what was known of the one before holds for the same one only. */
export function repinned(pin: CertificatePin, certificate: string | undefined): CertificatePin {
  const { certificate: kept, certificateKey } = pin;
  if (certificate !== undefined && (kept === undefined || normalized(kept) !== normalized(certificate)))
    return { certificate };
  return { ...(kept !== undefined && { certificate: kept }), ...(certificateKey && { certificateKey }) };
}

/**
 * Which certificate a relay may show: one that this computer trusts, or the very one whose SHA-256 was given, and what
 * takes its place under the same key. A relay in one's own network has no other. Nothing is sent before it was looked at.
 */
export class CertificateTrust {
  /** What the relay showed last and was not taken for. */
  refused: SottoError | undefined;
  /** Told once the key of the certificate that was given is known. */
  learned: (pin: CertificatePin) => void = () => undefined;
  readonly agent: HttpsAgent;
  #pin: CertificatePin;

  constructor(pin: CertificatePin) {
    this.#pin = pin;
    const judge = (socket: TLSSocket) => this.#judge(socket);
    this.agent = new (class extends HttpsAgent {
      override createConnection(
        options: ConnectionOptions,
        callback?: (error: Error | null, stream: Duplex) => void,
      ): undefined {
        const socket = connect({ ...options, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
        const failed = (error: Error) => callback?.(error, socket);
        socket.once('error', failed);
        socket.once('secureConnect', () => {
          const refusal = judge(socket);
          if (refusal !== undefined) {
            socket.destroy(refusal);
            return;
          }
          socket.removeListener('error', failed);
          callback?.(null, socket);
        });
        return undefined;
      }
    })({ keepAlive: false });
  }

  /** With the key, once that was seen. */
  get pin(): CertificatePin {
    return this.#pin;
  }

  #judge(socket: TLSSocket): SottoError | undefined {
    const certificate = socket.getPeerX509Certificate();
    const shown = certificate?.fingerprint256 ?? '';
    if (certificate !== undefined && this.#takes(certificate, socket.authorized)) {
      this.refused = undefined;
      return undefined;
    }
    this.refused =
      this.#pin.certificate === undefined
        ? new SottoError(
            'CERTIFICATE_UNTRUSTED',
            'this computer does not trust the certificate of the relay',
            {
              fingerprint: shown,
            },
          )
        : new SottoError('CERTIFICATE_CHANGED', 'the certificate of the relay is another', {
            fingerprint: shown,
          });
    return this.refused;
  }

  #takes(shown: X509Certificate, isTrustedHere: boolean): boolean {
    const { certificate, certificateKey } = this.#pin;
    if (certificate === undefined) return isTrustedHere;
    const key = keyHashOf(shown);
    if (normalized(certificate) !== normalized(shown.fingerprint256)) return key === certificateKey;
    if (key !== certificateKey) {
      this.#pin = { certificate, certificateKey: key };
      this.learned(this.#pin);
    }
    return true;
  }
}

function keyHashOf({ publicKey }: X509Certificate): string {
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(spki).digest('hex');
}

/** As people write it: with colons, blanks or neither, in either case. */
function normalized(fingerprint: string): string {
  return fingerprint.replace(/[^0-9a-f]/gi, '').toLowerCase();
}
