import { expect } from 'vitest';
import { type MlsErrorCode, type OpenOptions, saveGroup } from '../index.ts';
import { hex, type Party } from './scenario.ts';

function stateOf(party: Party): string {
  return saveGroup(party.group)
    .map(({ key, value }) => `${key}=${value === null ? '' : hex(value)}`)
    .join('\n');
}

/** Expects an MlsError of that code, for that reason. */
export function refusal(code: MlsErrorCode, reason?: string) {
  return expect.objectContaining(
    reason === undefined ? { code } : { code, facts: expect.objectContaining({ reason }) },
  );
}

/** Expects the message to be refused for that reason, with nothing changed. */
export function expectRefused(
  party: Party,
  message: Uint8Array,
  code: MlsErrorCode,
  reason?: string,
  options?: OpenOptions,
): void {
  const before = stateOf(party);
  expect(() => party.receive(message, options)).toThrowError(refusal(code, reason));
  expect(stateOf(party)).toBe(before);
}
