import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepCertificate } from './certificate.ts';
import type { LocalAddresses } from './localAddresses.ts';

const DAY_MS = 24 * 3_600_000;
const NOW_MS = Date.UTC(2026, 0, 15);

const at = (...lanAddresses: readonly string[]): LocalAddresses => ({
  addresses: [...lanAddresses, '2001:db8::7'],
  lanAddresses,
  hostnames: ['desk', 'desk.local'],
});

let folder: string;

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'sotto-tls-')), 'tls');
});

afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

test('is made at the first start, names every address, and is kept', async () => {
  const made = await keepCertificate(folder, at('192.168.1.20', 'fd00::1'), NOW_MS);
  const x509 = new X509Certificate(made.certificate);
  expect(x509.fingerprint256).toBe(made.fingerprint);
  expect(x509.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  expect(x509.ca).toBe(false);
  for (const address of ['127.0.0.1', '::1', '192.168.1.20', 'fd00::1', '2001:db8::7']) {
    expect([address, x509.checkIP(address)]).toEqual([address, address]);
  }
  for (const name of ['localhost', 'desk', 'desk.local']) expect(x509.checkHost(name)).toBe(name);
  expect(x509.checkHost('evil.example')).toBeUndefined();
  for (const file of ['key.pem', 'certificate.pem'])
    expect(statSync(join(folder, file)).mode & 0o077).toBe(0);

  expect(await keepCertificate(folder, at('192.168.1.20'), NOW_MS + 700 * DAY_MS)).toEqual(made);
});

test('is made anew when an address of the network is missing, and keeps the ones before', async () => {
  const home = await keepCertificate(folder, at('192.168.1.20'), NOW_MS);
  const work = await keepCertificate(folder, at('10.0.0.5'), NOW_MS);
  expect(work.fingerprint).not.toBe(home.fingerprint);
  expect(await keepCertificate(folder, at('192.168.1.20'), NOW_MS)).toEqual(work);
  const other = { ...at('10.0.0.5'), addresses: ['10.0.0.5', '2001:db8::99'] };
  expect(await keepCertificate(folder, other, NOW_MS), 'addresses that come and go').toEqual(work);
});

test('is made anew before it ends, and when the clock is before it began', async () => {
  const made = await keepCertificate(folder, at('192.168.1.20'), NOW_MS);
  const endsAtMs = Date.parse(new X509Certificate(made.certificate).validTo);
  expect(endsAtMs - NOW_MS).toBeLessThanOrEqual(825 * DAY_MS);
  expect(await keepCertificate(folder, at('192.168.1.20'), endsAtMs - DAY_MS - 1)).toEqual(made);
  const renewed = await keepCertificate(folder, at('192.168.1.20'), endsAtMs - DAY_MS);
  expect(renewed.fingerprint).not.toBe(made.fingerprint);
  const earlier = await keepCertificate(folder, at('192.168.1.20'), NOW_MS);
  expect(earlier.fingerprint).not.toBe(renewed.fingerprint);
});

const keyOf = ({ certificate }: { readonly certificate: string }) =>
  String(new X509Certificate(certificate).publicKey.export({ format: 'pem', type: 'spki' }));

test('a renewed one has the key of the one before', async () => {
  const home = await keepCertificate(folder, at('192.168.1.20'), NOW_MS);
  const work = await keepCertificate(folder, at('10.0.0.5'), NOW_MS);
  expect(keyOf(work)).toBe(keyOf(home));
  expect(work.privateKey).toBe(home.privateKey);
  expect(new X509Certificate(work.certificate).checkPrivateKey(createPrivateKey(work.privateKey))).toBe(true);
});

test('a certificate that is broken is made anew, and the key stays', async () => {
  const made = await keepCertificate(folder, at('192.168.1.20'), NOW_MS);
  writeFileSync(join(folder, 'certificate.pem'), 'broken');
  const again = await keepCertificate(folder, at('192.168.1.20'), NOW_MS);
  expect(again.fingerprint).not.toBe(made.fingerprint);
  expect(keyOf(again)).toBe(keyOf(made));
});

test('a key that is gone, broken or of another certificate comes with a new certificate', async () => {
  const made = await keepCertificate(folder, at('192.168.1.20'), NOW_MS);
  const key = readFileSync(join(folder, 'key.pem'));
  writeFileSync(join(folder, 'key.pem'), 'broken');
  const again = await keepCertificate(folder, at('192.168.1.20'), NOW_MS);
  expect(keyOf(again)).not.toBe(keyOf(made));
  rmSync(join(folder, 'key.pem'));
  const third = await keepCertificate(folder, at('192.168.1.20'), NOW_MS);
  expect(keyOf(third)).not.toBe(keyOf(again));
  writeFileSync(join(folder, 'key.pem'), key);
  const fitting = await keepCertificate(folder, at('192.168.1.20'), NOW_MS);
  expect(fitting.fingerprint).not.toBe(third.fingerprint);
  expect(keyOf(fitting)).toBe(keyOf(made));
});
