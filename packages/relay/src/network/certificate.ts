import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { LocalAddresses } from './localAddresses.ts';

/** The relay's own TLS certificate and its key, in PEM. */
export interface TlsCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  /** SHA-256 of the certificate: hex pairs with colons. */
  readonly fingerprint: string;
}

/** P-256, as each of the two calls it. */
const CURVE = { node: 'prime256v1', web: 'P-256' } as const;
const DAY_MS = 24 * 3_600_000;
/** The longest that Apple's systems take from a certificate that a person trusts by hand. */
const LIFETIME_MS = 824 * DAY_MS;
/** Addresses of networks that this computer was in before stay in the certificate, so that it changes rarely. */
const MAX_NAMES = 64;

/**
 * The certificate kept in `directory` (key file: mode 0600), or a new self-signed one (ECDSA P-256) when there is
 * none, when it ends within a day, or when it lacks an address of the local network. Browsers ask whoever accepted the
 * old one again, so it is not made anew for anything less. The key stays: programs that were given a certificate go on
 * by its key (decision 0024). A new key is made where there is none that can be read.
 */
export async function keepCertificate(
  directory: string,
  local: LocalAddresses,
  nowMs: number,
): Promise<TlsCertificate> {
  const key = readKey(directory);
  const kept = key && readCertificate(directory, key);
  if (kept !== undefined && isGood(kept.x509, local, nowMs)) return kept.tls;
  const names = [...namesOf(local), ...(kept ? namesIn(kept.x509) : [])];
  const made = await makeCertificate(names, key ?? newKey(), nowMs);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // The key first: after a crash in between it is there for a certificate that fits.
  if (key === undefined) writeWhole(join(directory, 'key.pem'), made.privateKey);
  writeWhole(join(directory, 'certificate.pem'), made.certificate);
  return made;
}

function readKey(directory: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(readFileSync(join(directory, 'key.pem'), 'utf8'));
    return key.asymmetricKeyDetails?.namedCurve === CURVE.node ? key : undefined;
  } catch {
    return undefined;
  }
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: CURVE.node }).privateKey;
}

function readCertificate(
  directory: string,
  key: KeyObject,
): { readonly x509: X509Certificate; readonly tls: TlsCertificate } | undefined {
  try {
    const certificate = readFileSync(join(directory, 'certificate.pem'), 'utf8');
    const x509 = new X509Certificate(certificate);
    if (!x509.checkPrivateKey(key)) return undefined;
    return { x509, tls: { certificate, privateKey: pemOf(key), fingerprint: x509.fingerprint256 } };
  } catch {
    return undefined;
  }
}

function isGood(x509: X509Certificate, { lanAddresses }: LocalAddresses, nowMs: number): boolean {
  const current = Date.parse(x509.validFrom) <= nowMs && Date.parse(x509.validTo) > nowMs + DAY_MS;
  return current && lanAddresses.every(address => x509.checkIP(address) !== undefined);
}

function namesOf({ addresses, hostnames }: LocalAddresses): readonly string[] {
  return ['localhost', '127.0.0.1', '::1', ...addresses, ...hostnames];
}

function namesIn({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return subjectAltName.split(', ').map(name => name.replace(/^(DNS|IP Address):/, '').toLowerCase());
}

async function makeCertificate(
  names: readonly string[],
  key: KeyObject,
  nowMs: number,
): Promise<TlsCertificate> {
  // Loaded only where it is needed: at the first start.
  await import('reflect-metadata');
  const {
    SubjectAlternativeNameExtension,
    X509CertificateGenerator,
    BasicConstraintsExtension,
    ExtendedKeyUsageExtension,
    ExtendedKeyUsage,
  } = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: CURVE.web, hash: 'SHA-256' };
  const alternatives = [...new Map(names.map(name => [canonical(name), name])).keys()].slice(0, MAX_NAMES);
  const made = await X509CertificateGenerator.createSelfSigned({
    serialNumber: Buffer.from(crypto.getRandomValues(new Uint8Array(16)))
      .toString('hex')
      .replace(/^./, '1'),
    name: 'CN=Sotto on this computer',
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + LIFETIME_MS),
    signingAlgorithm: algorithm,
    keys: await webKeys(key, algorithm),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        alternatives.map(value => ({ type: isIP(value) ? 'ip' : 'dns', value }) as const),
      ),
    ],
  });
  const certificate = `${made.toString('pem')}\n`;
  return {
    certificate,
    privateKey: pemOf(key),
    fingerprint: new X509Certificate(certificate).fingerprint256,
  };
}

/** The same pair for WebCrypto. */
async function webKeys(key: KeyObject, algorithm: EcKeyImportParams): Promise<CryptoKeyPair> {
  const { subtle } = crypto;
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    privateKey: await subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
    publicKey: await subtle.importKey('spki', spki, algorithm, true, ['verify']),
  };
}

function pemOf(key: KeyObject): string {
  return String(key.export({ format: 'pem', type: 'pkcs8' }));
}

/** One spelling for each address: X.509 writes IPv6 in full. */
function canonical(name: string): string {
  return isIP(name) === 6 ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name;
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
