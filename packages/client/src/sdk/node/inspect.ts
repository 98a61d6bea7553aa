import { connect as connectTls } from 'node:tls';
import { nativeEngine } from '@sotto/mls/native';
import { Keyring, VaultError } from '@sotto/vault';
import { toClientError } from '../../clientErrors.ts';
import type { SottoErrorCode } from '../sottoError.ts';
import { type CertificatePin, CertificateTrust } from './certificateTrust.ts';
import { type Belonging, DeviceFolder } from './deviceFolder.ts';
import { nodeAsk } from './nodeAsk.ts';

const TIMEOUT_MS = 5_000;

/** What can be said of a device's folder without its passphrase. */
export interface FolderReport {
  /** Absent: there is no device yet. */
  readonly belonging?: Belonging;
  /** `open`: whoever can read the folder can read the history. */
  readonly lock?: 'open' | 'locked';
  /** Why it cannot be opened: `STORAGE_IN_USE`, `KEYS_LOST`, `STORAGE_LOST`, `STORAGE_FAILED`, … */
  readonly trouble?: SottoErrorCode;
}

/** Looks at a device's folder, and changes nothing in it. Never rejects. */
export async function inspectFolder(path: string): Promise<FolderReport> {
  const folder = new DeviceFolder(path);
  let belonging: Belonging | undefined;
  try {
    belonging = folder.read();
    if (belonging === undefined) return {};
    const { store, slots } = await folder.open();
    try {
      const { locks } = await Keyring.open(slots, {
        random: length => new Uint8Array(length),
        nowMs: () => Date.now(),
        stretch: async (...args) => (await import('@sotto/vault/argon2id')).wasmArgon2id(...args),
      });
      if (locks.length === 0) throw new VaultError('KEYS_LOST', 'no lock leads to the records');
      return { belonging, lock: locks.every(({ kind }) => kind === 'open') ? 'open' : 'locked' };
    } finally {
      await slots.close();
      await store.close();
    }
  } catch (error) {
    return { ...(belonging && { belonging }), trouble: toClientError(error).code };
  }
}

/** By whose code this computer encrypts and signs. */
export interface CryptographyReport {
  /** The version of OpenSSL that this Node has in it. */
  readonly openssl: string;
  /** Why libsodium does not do the curves, which it does faster. Absent: it does. */
  readonly withoutSodium?: string;
}

/** Which engine a device on this computer uses. */
export function inspectCryptography(): CryptographyReport {
  const { withoutSodium } = nativeEngine();
  return { openssl: process.versions.openssl, ...(withoutSodium !== undefined && { withoutSodium }) };
}

/** What a relay says of itself, and what can be seen of it. */
export interface RelayReport {
  readonly reachable: boolean;
  readonly version?: string;
  /** How far this computer's clock is ahead of the relay's, roughly; negative: behind. */
  readonly clockAheadMs?: number;
  /** Of an `https` address. */
  readonly certificate?: {
    readonly fingerprint: string;
    readonly validToMs: number;
    /** By this computer, or because it is the one that was given. */
    readonly trusted: boolean;
  };
}

/** Asks a relay how it is. Never rejects. */
export async function inspectRelay(relay: string, pin: CertificatePin = {}): Promise<RelayReport> {
  const shown = relay.startsWith('https:') ? await certificateOf(relay) : undefined;
  const trust = new CertificateTrust(shown ? { certificate: shown.fingerprint } : {});
  const judged = new CertificateTrust(pin);
  try {
    const answer = await nodeAsk(trust.agent)(`${relay}/api/health`);
    const body = (await answer.json()) as { readonly ok?: unknown; readonly version?: unknown };
    const dateMs = Date.parse(answer.headers.get('date') ?? '');
    const trusted = await nodeAsk(judged.agent)(`${relay}/api/health`).then(
      () => true,
      () => false,
    );
    return {
      reachable: body.ok === true,
      ...(typeof body.version === 'string' && { version: body.version }),
      ...(Number.isFinite(dateMs) && { clockAheadMs: Date.now() - dateMs }),
      ...(shown && { certificate: { ...shown, trusted } }),
    };
  } catch {
    return { reachable: false, ...(shown && { certificate: { ...shown, trusted: false } }) };
  } finally {
    trust.agent.destroy();
    judged.agent.destroy();
  }
}

function certificateOf(
  relay: string,
): Promise<{ readonly fingerprint: string; readonly validToMs: number } | undefined> {
  const { hostname, port } = new URL(relay);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise(resolve => {
    const socket = connectTls(
      { host, port: Number(port || 443), rejectUnauthorized: false, timeout: TIMEOUT_MS },
      () => {
        const shown = socket.getPeerX509Certificate();
        socket.destroy();
        resolve(shown && { fingerprint: shown.fingerprint256, validToMs: Date.parse(shown.validTo) });
      },
    );
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    socket.once('error', () => resolve(undefined));
  });
}
