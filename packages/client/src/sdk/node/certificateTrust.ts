import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { SottoError } from '../sottoError.ts';

/**
 * Which certificate a relay may show: one that this computer trusts, or the very one whose SHA-256 was given. A relay in
 * one's own network has no other. Nothing is sent before it was looked at.
 */
export class CertificateTrust {
  /** What the relay showed last and was not taken for. */
  refused: SottoError | undefined;
  readonly agent: HttpsAgent;

  constructor(private readonly fingerprint: string | undefined) {
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

  #judge(socket: TLSSocket): SottoError | undefined {
    const shown = socket.getPeerX509Certificate()?.fingerprint256 ?? '';
    const asGiven = this.fingerprint !== undefined && normalized(this.fingerprint) === normalized(shown);
    if (asGiven || (this.fingerprint === undefined && socket.authorized)) {
      this.refused = undefined;
      return undefined;
    }
    this.refused =
      this.fingerprint === undefined
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
}

/** As people write it: with colons, blanks or neither, in either case. */
function normalized(fingerprint: string): string {
  return fingerprint.replace(/[^0-9a-f]/gi, '').toLowerCase();
}
