import type { LockIntents } from '../intents.ts';
import type { LockState } from '../projection.ts';
import type { Waiting } from './device.ts';
import type { Sotto } from './sotto.ts';
import { SottoError, told } from './sottoError.ts';

/** Which device a program is, wherever it runs. */
export interface ArrivalOptions extends Waiting {
  /** The relay's address, e.g. `http://localhost:8080` for one's own. It is remembered. */
  readonly relay?: string | undefined;
  /** Comes in by it, unless this device is inside: `connect` resolves when somebody has opened the door. */
  readonly link?: string | undefined;
  /** Of a link that needs one. */
  readonly linkPassword?: string | undefined;
  /** What others see; it is remembered. */
  readonly name?: string | undefined;
  /** Locks what is kept: set with the first one that is given, needed from then on. */
  readonly passphrase?: string | (() => Promise<string>) | undefined;
  /** Hears the safety words while somebody is asked to open the door. */
  readonly onWaiting?: (words: readonly string[]) => void;
}

/** Throws `PASSPHRASE_NEEDED`, `WRONG_SECRET`, `WEAK_PASSPHRASE`. */
export async function unlock(
  { state, locks }: LockState,
  device: Pick<LockIntents, 'unlock' | 'setPassphrase'>,
  passphrase: ArrivalOptions['passphrase'],
): Promise<void> {
  if (state === 'unlocked' && (locks.length > 0 || passphrase === undefined)) return;
  if (passphrase === undefined)
    throw new SottoError('PASSPHRASE_NEEDED', 'what is kept here is locked: it needs its passphrase');
  const secret = typeof passphrase === 'string' ? passphrase : await passphrase();
  if (state === 'locked') await told(() => device.unlock({ kind: 'passphrase', passphrase: secret }));
  else await told(() => device.setPassphrase(secret));
}

/** Takes its name, and comes in by the link where there is one. Throws as `Sotto.setName`, `Sotto.join`. */
export async function arrive(sotto: Sotto, options: ArrivalOptions): Promise<void> {
  const { link, name, linkPassword: password, onWaiting, timeoutMs, signal } = options;
  if (link === undefined) {
    if (name !== undefined) await sotto.setName(name);
    return;
  }
  await sotto.join(link, {
    password,
    timeoutMs,
    signal,
    ...(name !== undefined && { name }),
    ...(onWaiting && { onWaiting }),
  });
}
