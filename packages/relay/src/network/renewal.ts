import { keepCertificate, type TlsCertificate } from './certificate.ts';
import type { LocalAddresses } from './localAddresses.ts';

const LOOK_EVERY_MS = 60_000;

export interface Renewal {
  /** The folder of `keepCertificate`. */
  readonly directory: string;
  readonly network: () => LocalAddresses;
  readonly nowMs: () => number;
  /** Called with every certificate that takes the place of the one before, never with the first. */
  readonly renewed: (certificate: TlsCertificate) => void;
  readonly failed: (step: string, error: unknown) => void;
}

/** The certificate that is good right now. */
export interface KeptCertificate {
  current(): TlsCertificate;
  stop(): void;
}

/**
 * Keeps a good certificate while the relay runs: looks once a minute whether it ends soon or the network has
 * changed. A renewed certificate has the key of the one before: browsers ask their person once more either way, and
 * programs that took the old one go on (decision 0024).
 */
export async function renewCertificate(renewal: Renewal): Promise<KeptCertificate> {
  const { directory, network, nowMs, renewed, failed } = renewal;
  let current = await keepCertificate(directory, network(), nowMs());
  const look = async () => {
    const next = await keepCertificate(directory, network(), nowMs());
    if (next.fingerprint === current.fingerprint) return;
    current = next;
    renewed(next);
  };
  const timer = setInterval(() => {
    look().catch(error => failed('renewal', error));
  }, LOOK_EVERY_MS);
  timer.unref();
  return { current: () => current, stop: () => clearInterval(timer) };
}
