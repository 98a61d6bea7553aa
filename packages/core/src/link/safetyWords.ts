import type { CoreEnv } from '../env.ts';
import type { InviteLink } from './inviteLink.ts';

/** PBKDF2-HMAC-SHA512. Injected: WebCrypto does it ten times faster than JavaScript (`pbkdf2By`). */
export type Stretch = (
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  lengthBytes: number,
) => Promise<Uint8Array>;

/** `Stretch` by the platform's WebCrypto (browsers, workers and Node). */
export function pbkdf2By(_subtle: SubtleCrypto): Stretch {
  throw new Error('not built yet');
}

/**
 * Four words of the BIP39 English list that guest and host both see while the guest waits; saying them on the phone
 * shows that the request the host holds is the one the guest sent. 44 bits, stretched against grinding.
 */
export function safetyWords(
  _env: Pick<CoreEnv, 'provider'>,
  _link: InviteLink,
  _sealedRequest: Uint8Array,
  _stretch: Stretch,
): Promise<readonly string[]> {
  return Promise.reject(new Error('not built yet'));
}
