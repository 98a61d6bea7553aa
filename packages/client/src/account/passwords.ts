import type { BundleKey } from '@sotto/core';
import type { Handle, SignedIn } from '@sotto/protocol';
import { ClientError } from '../intents.ts';
import type { Opaque } from '../ports.ts';
import { ConnectionLost } from '../relay/relayFailure.ts';
import type { AccountService } from './accountService.ts';

/** Of an account: the relay's limits, not stretching alone, stand between it and whoever guesses. */
const PASSWORD_MIN_CHARACTERS = 10;

/** One password, however its keyboard composes letters. Throws `WEAK_PASSWORD`. */
export function readNewPassword(typed: string): string {
  const password = typed.normalize('NFKC');
  if ([...password].length < PASSWORD_MIN_CHARACTERS)
    throw new ClientError('WEAK_PASSWORD', `at least ${PASSWORD_MIN_CHARACTERS} characters`);
  return password;
}

/** What a relay keeps to recognise the password by, and the key that only who knows it has. */
export interface NewPassword {
  readonly registrationRecord: Uint8Array;
  readonly key: BundleKey;
}

/** `ask`: the relay's answer to the beginning of a registration. */
export async function registerPassword(
  opaque: Opaque,
  password: string,
  ask: (request: Uint8Array) => Promise<Uint8Array>,
): Promise<NewPassword> {
  const started = opaque.startRegistration(password);
  const response = await ask(started.request);
  const { record, exportKey } = understood(() => started.finish(response));
  return { registrationRecord: record, key: { kind: 'password', secret: exportKey } };
}

/** Shows the relay that this is the password, without showing it. Throws `SIGN_IN_FAILED`, and as `AccountService`. */
export async function provePassword(
  service: AccountService,
  opaque: Opaque,
  { handle, password }: { readonly handle: Handle; readonly password: string },
): Promise<{ readonly signedIn: SignedIn; readonly key: BundleKey }> {
  const started = opaque.startSignIn(password.normalize('NFKC'));
  const { signInId, loginResponse } = await service.signInStart({
    handle,
    startLoginRequest: started.request,
  });
  const proven = understood(() => started.finish(loginResponse));
  if (proven === undefined) throw new ClientError('SIGN_IN_FAILED', 'no such handle and password');
  const signedIn = await service.signInFinish({ signInId, finishLoginRequest: proven.request });
  return { signedIn, key: { kind: 'password', secret: proven.exportKey } };
}

/** What is no message of OPAQUE comes from a relay that is none. */
function understood<T>(work: () => T): T {
  try {
    return work();
  } catch {
    throw new ConnectionLost('the answer makes no sense');
  }
}
