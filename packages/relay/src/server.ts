import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createInProcessBus } from './bus.ts';
import { health, invites } from './http/api.ts';
import { createApp, type ListenerRole } from './http/app.ts';
import { readWebClient, type WebClient } from './http/assets.ts';
import { hostApi, metricsRoute, type RelayAddress } from './http/hostApi.ts';
import { pages } from './http/pages.ts';
import { WebSocketListener } from './http/webSocket.ts';
import { keepCertificate, type TlsCertificate } from './network/certificate.ts';
import { listen } from './network/listen.ts';
import { type LocalAddresses, localAddresses } from './network/localAddresses.ts';
import { guestOrigins, hostOrigins, originOf } from './network/origins.ts';
import { answersAt } from './network/reachability.ts';
import { type LogOptions, openLog, type RelayLog } from './operations/log.ts';
import { createMetrics, type RelayMetrics } from './operations/metrics.ts';
import { Relay } from './relay.ts';
import { RelayServerError } from './relayServerError.ts';
import { systemScheduler } from './scheduler.ts';
import type { Quotas } from './session/quotas.ts';
import { DatabaseInUse } from './store/sqliteDatabase.ts';
import { createSqliteStore } from './store/sqliteStore.ts';
import type { StreamStore } from './streamStore.ts';
import { VERSION } from './version.ts';

export interface RelayServerOptions {
  /** For the database, the TLS key and the log; made when it is not there. One relay at a time. */
  readonly dataDirectory: string;
  /** The built web client: index.html, door.html, closed.html and their files. */
  readonly webDirectory: string;
  /** Port of the host's own window, on loopback; 0 for any. */
  readonly hostPort: number;
  /** Port for guests, HTTPS on all interfaces; 0 for any. */
  readonly guestPort: number;
  /** Where the guest listener binds instead of all interfaces. */
  readonly guestAddress?: string;
  /** Under which the internet reaches the guest listener, e.g. `https://chat.example.org`. */
  readonly publicOrigin?: string;
  /** In development: origins of a server that passes requests on to the host listener. */
  readonly proxyOrigins?: readonly string[];
  readonly quotas?: Partial<Quotas>;
  /** How long entries wait for those who have not read them; default 30 days. */
  readonly retentionMs?: number;
  /** Default: `info`, into `logs/relay.log` of the data directory. */
  readonly log?: Partial<LogOptions>;
  /** Default: the system's clock. */
  readonly nowMs?: () => number;
}

export interface RelayServer {
  /** Rejects with `RelayServerError`, and then nothing is left running. */
  start(): Promise<void>;
  /** Tells everyone to come back, finishes what was asked, and writes the WAL into the database. */
  stop(): Promise<void>;
  /** Where people reach it; after `start`. */
  addresses(): readonly RelayAddress[];
  /** The ports it listens on; after `start`. */
  ports(): { readonly hostPort: number; readonly guestPort: number };
  /** SHA-256 of the guest listener's certificate, in hex with colons; after `start`. */
  certificateFingerprint(): string;
}

const SERVER_OPTIONS: ServerOptions = {
  maxHeaderSize: 8_192,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
};
/** How often the network interfaces are looked at again. */
const LOOK_AGAIN_MS = 5_000;
const RENEW_EVERY_MS = 60_000;

/** The relay as it runs on a machine: store, sessions, both listeners. Nothing happens before `start`. */
export function createRelayServer(options: RelayServerOptions): RelayServer {
  let running: Running | undefined;
  const started = (): Running => {
    if (running === undefined) throw new Error('the relay server is not running');
    return running;
  };
  return {
    async start() {
      running ??= await run(options);
    },
    async stop() {
      const stopping = running;
      running = undefined;
      await stopping?.stop();
    },
    addresses: () => started().addresses(),
    ports: () => started().ports,
    certificateFingerprint: () => started().certificateFingerprint(),
  };
}

type Running = Omit<RelayServer, 'start' | 'ports'> & { readonly ports: ReturnType<RelayServer['ports']> };

async function run(options: RelayServerOptions): Promise<Running> {
  const { dataDirectory, publicOrigin, proxyOrigins = [], nowMs = Date.now } = options;
  const undo: (() => unknown)[] = [];
  const unwind = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const web = openWebClient(options.webDirectory);
    const { log, store } = openDataDirectory(options, undo);
    const metrics = createMetrics(store, log);
    const relay = createRelay(options, store, metrics, nowMs);
    undo.push(() => relay.stop());

    const network = watchNetwork(nowMs);
    const tls = createTlsServer(SERVER_OPTIONS);
    let certificate = await keepCertificate(join(dataDirectory, 'tls'), network(), nowMs());
    useCertificate(tls, certificate);
    const hosts = [createServer(SERVER_OPTIONS), createServer(SERVER_OPTIONS)];

    const hostPort = await listenOnLoopback(hosts, options.hostPort, undo);
    const guestPort = await listenForGuests(tls, options, undo);
    const origins: Record<ListenerRole, () => readonly string[]> = {
      host: () => [...hostOrigins(hostPort), ...proxyOrigins],
      guest: () => guestOrigins(network(), guestPort, publicOrigin),
    };
    const addresses = (): readonly RelayAddress[] => [
      { kind: 'this-computer', origin: originOf('http', 'localhost', hostPort) },
      ...network().lanAddresses.map(
        address => ({ kind: 'this-network', origin: originOf('https', address, guestPort) }) as const,
      ),
      ...(publicOrigin === undefined ? [] : [{ kind: 'internet', origin: publicOrigin } as const]),
    ];
    const facts = {
      addresses,
      certificateFingerprint: () => certificate.fingerprint,
      isReachable: (address: RelayAddress) => answersAt(address, certificate.fingerprint),
      version: VERSION,
    };
    const { failed } = metrics.observer;
    const common = { publicOrigin, failed, web, relay };
    const hostApp = await appFor({ ...common, role: 'host', origins: origins.host }, app => {
      void app.register(hostApi(facts)).register(metricsRoute(metrics));
    });
    const guestApp = await appFor({ ...common, role: 'guest', origins: origins.guest });
    for (const server of hosts) serve(server, hostApp, { role: 'host', relay, origins: origins.host }, undo);
    serve(tls, guestApp, { role: 'guest', relay, origins: origins.guest }, undo);

    const cancelRenewal = every(
      RENEW_EVERY_MS,
      async () => {
        const next = await keepCertificate(join(dataDirectory, 'tls'), network(), nowMs());
        if (next.fingerprint === certificate.fingerprint) return;
        certificate = next;
        useCertificate(tls, certificate);
        log.info('certificate renewed');
      },
      failed,
    );
    undo.push(cancelRenewal);
    relay.start();
    log.info('started', { version: VERSION, hostPort, guestPort });
    undo.push(() => log.info('stopping'));
    return {
      stop: unwind,
      addresses,
      ports: { hostPort, guestPort },
      certificateFingerprint: facts.certificateFingerprint,
    };
  } catch (error) {
    await unwind();
    throw error;
  }
}

function openWebClient(directory: string): WebClient {
  try {
    return readWebClient(directory);
  } catch (error) {
    throw new RelayServerError('WEB_CLIENT_MISSING', 'The pages are not built.', undefined, { cause: error });
  }
}

function openDataDirectory(
  { dataDirectory, log: logOptions }: RelayServerOptions,
  undo: (() => unknown)[],
): { readonly log: RelayLog; readonly store: StreamStore } {
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    const log = openLog({ level: 'info', path: join(dataDirectory, 'logs', 'relay.log'), ...logOptions });
    undo.push(() => log.close());
    const store = createSqliteStore({
      path: join(dataDirectory, 'relay.db'),
      onFailure: error => log.error('store failed', { errorName: String((error as Error)?.name) }),
    });
    undo.push(() => store.close());
    return { log, store };
  } catch (error) {
    if (error instanceof DatabaseInUse) {
      throw new RelayServerError(
        'DATA_DIRECTORY_IN_USE',
        'Sotto already runs with this data directory.',
        undefined,
        { cause: error },
      );
    }
    const message = `The data directory ${dataDirectory} cannot be used: ${(error as Error).message}`;
    throw new RelayServerError('DATA_DIRECTORY_UNUSABLE', message, undefined, { cause: error });
  }
}

function createRelay(
  options: RelayServerOptions,
  store: StreamStore,
  metrics: RelayMetrics,
  nowMs: () => number,
): Relay {
  const { quotas, retentionMs } = options;
  return new Relay({
    store,
    bus: createInProcessBus(),
    nowMs,
    random: lengthBytes => new Uint8Array(randomBytes(lengthBytes)),
    scheduler: systemScheduler,
    observer: metrics.observer,
    ...(quotas && { quotas }),
    ...(retentionMs !== undefined && { retentionMs }),
  });
}

/** The addresses of this computer, as they were a moment ago. */
function watchNetwork(nowMs: () => number): () => LocalAddresses {
  let seen = localAddresses();
  let seenAtMs = nowMs();
  return () => {
    if (Math.abs(nowMs() - seenAtMs) >= LOOK_AGAIN_MS) {
      seen = localAddresses();
      seenAtMs = nowMs();
    }
    return seen;
  };
}

function useCertificate(server: TlsServer, { certificate, privateKey }: TlsCertificate): void {
  server.setSecureContext({ cert: certificate, key: privateKey, minVersion: 'TLSv1.2' });
}

/** IPv4 and IPv6 loopback on one port. */
async function listenOnLoopback(
  [ipv4, ipv6]: readonly Server[],
  port: number,
  undo: (() => unknown)[],
): Promise<number> {
  undo.push(
    () => shut(ipv4!),
    () => shut(ipv6!),
  );
  const taken = await listen(ipv4!, '127.0.0.1', port);
  await listen(ipv6!, '::1', taken!);
  return taken!;
}

async function listenForGuests(
  server: TlsServer,
  options: RelayServerOptions,
  undo: (() => unknown)[],
): Promise<number> {
  undo.push(() => shut(server));
  const { guestAddress, guestPort } = options;
  const port =
    (await listen(server, guestAddress ?? '::', guestPort)) ?? (await listen(server, '0.0.0.0', guestPort));
  return port!;
}

interface Site {
  readonly role: ListenerRole;
  readonly origins: () => readonly string[];
  readonly publicOrigin: string | undefined;
  readonly failed: (step: string, error: unknown) => void;
  readonly web: WebClient;
  readonly relay: Relay;
}

async function appFor(
  site: Site,
  addMore: (app: FastifyInstance) => void = () => undefined,
): Promise<FastifyInstance> {
  const app = createApp(site);
  void app.register(health(VERSION)).register(invites(site.relay)).register(pages(site.web, site.role));
  addMore(app);
  await app.ready();
  return app;
}

function serve(
  server: Server,
  app: FastifyInstance,
  options: ConstructorParameters<typeof WebSocketListener>[0],
  undo: (() => unknown)[],
): void {
  const webSockets = new WebSocketListener(options);
  webSockets.attach(server);
  server.on('request', (request, response) => app.routing(request, response));
  server.on('clientError', (_error, socket) => socket.destroy());
  undo.push(
    () => app.close(),
    () => webSockets.stop(),
    // First of the three, since they are undone from the last: it closes the sessions that the next waits for.
    () => options.relay.stop(),
  );
}

function shut(server: Server): Promise<void> {
  return new Promise(resolve => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function every(
  periodMs: number,
  work: () => Promise<void>,
  failed: (step: string, error: unknown) => void,
): () => void {
  const timer = setInterval(() => {
    work().catch(error => failed('renewal', error));
  }, periodMs);
  timer.unref();
  return () => clearInterval(timer);
}
