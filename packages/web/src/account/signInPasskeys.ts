import type { SignInPasskey } from '@sotto/client';
import { loadSignInPasskeys } from '@sotto/client/window';
import type { PasskeysPort } from '../engineOffers.ts';
import { deviceName } from './deviceName.ts';

/** Whether this browser, at this address, has passkeys at all. */
export async function passkeysHere(): Promise<boolean> {
  return (await loadSignInPasskeys()).mayHavePasskeys();
}

/** Has the browser ask for a passkey and signs in with it. Rejects with an error whose `code` says why. */
export async function signInByPasskey(port: PasskeysPort, signal: AbortSignal): Promise<void> {
  const passkeys = await loadSignInPasskeys();
  const { prfOutput } = await passkeys.readSignInPasskey(signal);
  try {
    await port.signInByPasskey({ prfOutput, deviceName: deviceName(navigator.userAgent) });
  } finally {
    prfOutput.fill(0);
  }
}

/** Has the browser make a passkey, and adds it to the account. Where that fails, nothing of it stays. Rejects as above. */
export async function addPasskey(
  port: PasskeysPort,
  options: {
    readonly handle: string;
    readonly name: string;
    /** Those that the account has. */
    readonly before: readonly SignInPasskey[];
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { handle, name, before, signal } = options;
  const known = before.flatMap(({ credentialId }) => credentialId ?? []);
  const passkeys = await loadSignInPasskeys();
  const { credentialId, prfOutput } = await passkeys.createSignInPasskey({
    account: `@${handle}`,
    known,
    signal,
  });
  try {
    await port.addSignInPasskey({ name, credentialId, prfOutput });
  } catch (error) {
    await passkeys.forgetSignInPasskey(credentialId);
    throw error;
  } finally {
    prfOutput.fill(0);
  }
}

/** Takes it off the account, and out of the authenticator where the browser can. Rejects as above. */
export async function removePasskey(
  port: PasskeysPort,
  passkey: Pick<SignInPasskey, 'passkeyId' | 'credentialId'>,
): Promise<void> {
  await port.removeSignInPasskey(passkey.passkeyId);
  if (passkey.credentialId !== undefined && (await passkeysHere()))
    await (await loadSignInPasskeys()).forgetSignInPasskey(passkey.credentialId);
}
