import { MlsError, type MlsErrorCode } from '../errors.ts';

/** The error for something that breaks a rule of the RFC; `reason` names the rule. */
export function invalid(
  code:
    | 'INVALID_LEAF'
    | 'INVALID_KEY_PACKAGE'
    | 'INVALID_TREE'
    | 'INVALID_PROPOSAL'
    | 'INVALID_COMMIT'
    | 'INVALID_WELCOME',
  reason: string,
  message: string,
): MlsError {
  return new MlsError(code, message, { reason });
}

const PARTS: readonly MlsErrorCode[] = [
  'INVALID_LEAF',
  'INVALID_KEY_PACKAGE',
  'INVALID_TREE',
  'INVALID_PROPOSAL',
  'CRYPTO_INPUT',
];

/** Runs a check of a part; what breaks in the part breaks the whole, and the reason stays. */
export function asPartOf<T>(whole: 'INVALID_COMMIT' | 'INVALID_WELCOME', check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof MlsError) || !PARTS.includes(error.code)) throw error;
    throw new MlsError(whole, error.message, { reason: error.code.toLowerCase(), ...error.facts });
  }
}
