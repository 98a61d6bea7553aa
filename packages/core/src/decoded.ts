import { ProtocolError } from '@sotto/protocol';
import { CoreError, type CoreErrorCode } from './errors.ts';

/**
 * What a decoder of the protocol gives, with its refusals as `CoreError`: `UNSUPPORTED` stays, everything else becomes
 * `otherwise`.
 */
export function decoded<T>(decode: () => T, otherwise: CoreErrorCode = 'MALFORMED'): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new CoreError(error.code === 'UNSUPPORTED' ? 'UNSUPPORTED' : otherwise, error.message);
  }
}
