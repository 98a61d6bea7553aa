import type { LockItem } from '@sotto/client';
import { loadPasskeys } from '@sotto/client/window';
import type { EngineView } from '../engineView.ts';

type Passkeys = Awaited<ReturnType<typeof loadPasskeys>>;

/** What asks the browser for passkeys, or undefined where it has none to give. */
export async function passkeysHere(): Promise<Passkeys | undefined> {
  const passkeys = await loadPasskeys();
  return passkeys.mayHavePasskeys() ? passkeys : undefined;
}

/** Those among the locks. */
export function knownPasskeys(locks: readonly LockItem[]) {
  return locks.flatMap(({ passkey }) => passkey ?? []);
}

/** Has the browser ask for a passkey and unlocks with it. Rejects with an error whose `code` says why. */
export async function unlockWithPasskey(view: EngineView, passkeys: Passkeys): Promise<void> {
  const { credentialId, prfOutput } = await passkeys.readPasskeyLock(
    knownPasskeys(view.state?.lock.locks ?? []),
  );
  try {
    await view.port.unlock({ kind: 'passkey', credentialId, prfOutput });
  } finally {
    prfOutput.fill(0);
  }
}

/** Has the browser make a passkey and adds it to the locks. Rejects as above. */
export async function addPasskey(view: EngineView, passkeys: Passkeys): Promise<void> {
  const { lock, self } = view.state ?? {};
  const { credentialId, prfSalt, prfOutput } = await passkeys.createPasskeyLock({
    name: self?.name || 'Sotto',
    known: knownPasskeys(lock?.locks ?? []),
  });
  try {
    await view.port.addPasskey({ credentialId, prfSalt, prfOutput });
  } finally {
    prfOutput.fill(0);
  }
}
