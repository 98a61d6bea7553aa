import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as tlsConnect } from 'node:tls';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { get, relayServer, SocketClient, type TestServer } from '../testing/relayServer.fixture.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * 3_600_000;
const STARTED_MS = Date.UTC(2026, 0, 15);

let nowMs: number;
let relay: TestServer;
/** Of the certificates that were renewed while the server ran. */
let renewals: string[];
let nextRenewal: Promise<string>;

beforeEach(async () => {
  // Only the timer of the renewal; sockets, disk and the relay's other timers run on.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  nowMs = STARTED_MS;
  renewals = [];
  let renewed = (_fingerprint: string): void => undefined;
  nextRenewal = new Promise(resolve => {
    renewed = resolve;
  });
  relay = await relayServer({
    nowMs: () => nowMs,
    certificateRenewed(fingerprint) {
      renewals.push(fingerprint);
      renewed(fingerprint);
    },
  });
});

afterEach(async () => {
  await relay.cleanUp();
  vi.useRealTimers();
});

/** What a new connection of a guest is shown. */
function shownCertificate(): Promise<X509Certificate> {
  const { port } = new URL(relay.guestOrigin);
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({ port: Number(port), host: 'localhost', rejectUnauthorized: false }, () => {
      resolve(new X509Certificate(socket.getPeerCertificate(true).raw));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

const keyOf = (certificate: X509Certificate): string =>
  String(certificate.publicKey.export({ format: 'pem', type: 'spki' }));

test('a certificate near its end is renewed while the relay runs, and nobody is disturbed', async () => {
  const before = await shownCertificate();
  const host = await SocketClient.online(relay.hostOrigin);

  nowMs = Date.parse(before.validTo) - DAY_MS;
  // In two steps, since the heartbeat wants an answer from the session every half minute.
  const pinged = once(host.socket, 'ping');
  vi.advanceTimersByTime(MINUTE_MS / 2);
  await pinged;
  await host.ask({ type: 'ping' });
  vi.advanceTimersByTime(MINUTE_MS / 2);
  const fingerprint = await nextRenewal;
  expect(fingerprint).not.toBe(before.fingerprint256);
  const after = await shownCertificate();
  expect(after.fingerprint256, 'for new connections').toBe(fingerprint);
  expect(Date.parse(after.validTo)).toBeGreaterThan(nowMs + 800 * DAY_MS);
  expect(keyOf(after), 'with the key that programs know').toBe(keyOf(before));

  expect(relay.server.certificateFingerprint()).toBe(fingerprint);
  const facts = JSON.parse(String((await get(`${relay.hostOrigin}/api/host`)).body));
  expect(facts.certificateFingerprint, 'in the host’s window').toBe(fingerprint);
  expect(facts.addresses.every(({ reachable }: { reachable: boolean }) => reachable)).toBe(true);

  expect(await host.codeOf({ type: 'ping' }), 'a session that was there').toBe('ok');
  expect((await get(relay.hostOrigin)).status).toBe(200);
  expect((await get(relay.guestOrigin)).status).toBe(200);
  host.socket.close();
});

test('one that is good for longer than a day is left alone', async () => {
  const before = await shownCertificate();
  const endsAtMs = Date.parse(before.validTo);
  nowMs = endsAtMs - DAY_MS - HOUR_MS;
  vi.advanceTimersByTime(MINUTE_MS);
  nowMs = endsAtMs - DAY_MS;
  vi.advanceTimersByTime(MINUTE_MS);
  await nextRenewal;
  const after = await shownCertificate();
  expect(Date.parse(after.validFrom), 'made at the second look').toBe(nowMs - DAY_MS);
  expect(renewals).toHaveLength(1);
});
