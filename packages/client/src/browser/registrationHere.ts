import { decodeRegistrationPolicy } from '@sotto/protocol';
import type { Registration } from '../accountIntents.ts';

/** Who may make an account at the relay that served this page; undefined where it does not say. Never rejects. */
export async function registrationHere(): Promise<Registration | undefined> {
  try {
    const response = await fetch('/api/accounts/policy', { cache: 'no-store', credentials: 'omit' });
    if (!response.ok) return undefined;
    return decodeRegistrationPolicy(new Uint8Array(await response.arrayBuffer())).mode;
  } catch {
    return undefined;
  }
}
