import { randomBytes } from 'node:crypto';
import { createServer, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { join } from 'node:path';
import type { RegistrationMode } from '@sotto/protocol';
import { openServerSetup } from './accounts/serverSetup.ts';
import type { BlobStore } from './blobStore.ts';
import { createInProcessBus } from './bus.ts';
import { openDataDirectory } from './dataDirectory.ts';
import type { Directory } from './directory.ts';
import { AllowedOrigins } from './http/allowedOrigins.ts';
import type { ListenerRole } from './http/app.ts';
import { readWebClient, type WebClient } from './http/assets.ts';
import { hostApi, metricsRoute, type RelayAddress } from './http/hostApi.ts';
import { createSite, serve } from './http/site.ts';
import type { TlsCertificate } from './network/certificate.ts';
import { listenForGuests, listenOnLoopback, shut } from './network/listen.ts';
import { watchNetwork } from './network/localAddresses.ts';
import { guestOrigins, hostOrigins, originOf } from './network/origins.ts';
import { answersAt } from './network/reachability.ts';
import { renewCertificate } from './network/renewal.ts';
import type { LogOptions } from './operations/log.ts';
import { createMetrics, type RelayMetrics } from './operations/metrics.ts';
import { Relay } from './relay.ts';
import { RelayServerError } from './relayServerError.ts';
import { systemScheduler } from './scheduler.ts';
import type { Quotas } from './session/quotas.ts';
import type { StorageLimits } from './store/storageLimits.ts';
import type { StreamStore } from './streamStore.ts';
import { VERSION } from './version.ts';

export interface RelayServerOptions {
  /** For the database, the TLS key and the log; made when it is not there. One relay at a time. */
  readonly dataDirectory: string;
  /** The built web client: index.html, door.html, closed.html, sealed.html and their files. */
  readonly webDirectory: string;
  /** Port of the host's own window, on loopback; 0 for any. */
  readonly hostPort: number;
  /** Port for guests, HTTPS on all interfaces; 0 for any. */
  readonly guestPort: number;
  /** Where the guest listener binds instead of all interfaces. */
  readonly guestAddress?: string;
  /** Under which the internet reaches the guest listener, e.g. `https://chat.example.org`. */
  readonly publicOrigin?: string;
  /** Other sites whose pages may use this relay as guests do, e.g. `https://app.example`; default: none. */
  readonly allowedOrigins?: readonly string[];
  /** Who may make an account; default `open`. */
  readonly registration?: RegistrationMode;
  /** In development: origins of a server that passes requests on to the host listener. */
  readonly proxyOrigins?: readonly string[];
  readonly quotas?: Partial<Quotas>;
  /** How much waits for those who have not read it; what differs from `DEFAULT_STORAGE_LIMITS`. */
  readonly storage?: Partial<StorageLimits>;
  /** How long entries wait for those who have not read them; default 30 days. */
  readonly retentionMs?: number;
  /** Default: `info`, into `logs/relay.log` of the data directory. */
  readonly log?: Partial<LogOptions>;
  /** Told the fingerprint of each certificate that takes the place of the one before while the server runs. */
  readonly certificateRenewed?: (fingerprint: string) => void;
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
  /** A code for the first account, where registration is by invitation and nobody has one yet; after `start`. */
  firstInvitation(): Promise<string | undefined>;
  /** SHA-256 of the guest listener's certificate, in hex with colons; after `start`. */
  certificateFingerprint(): string;
}

const SERVER_OPTIONS: ServerOptions = {
  maxHeaderSize: 8_192,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
};

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
    firstInvitation: () => started().firstInvitation(),
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
    const { log, store, directory, blobs } = openDataDirectory(options, undo);
    const opaqueServerSetup = await openServerSetup(join(dataDirectory, 'opaque-server-setup'), directory);
    const metrics = createMetrics(store, directory, log);
    const relay = createRelay(options, { store, directory, blobs, opaqueServerSetup }, metrics, nowMs);
    undo.push(() => relay.stop());

    const network = watchNetwork(nowMs);
    const tls = createTlsServer(SERVER_OPTIONS);
    const { failed } = metrics.observer;
    const certificate = await renewCertificate({
      directory: join(dataDirectory, 'tls'),
      network,
      nowMs,
      failed,
      renewed(renewed) {
        useCertificate(tls, renewed);
        log.info('certificate renewed');
        options.certificateRenewed?.(renewed.fingerprint);
      },
    });
    undo.push(certificate.stop);
    useCertificate(tls, certificate.current());
    const hosts = [createServer(SERVER_OPTIONS), createServer(SERVER_OPTIONS)] as const;
    for (const server of [...hosts, tls]) undo.push(() => shut(server));

    const hostPort = await listenOnLoopback(...hosts, options.hostPort);
    const guestPort = await listenForGuests(tls, options.guestAddress, options.guestPort);
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
      certificateFingerprint: () => certificate.current().fingerprint,
      isReachable: (address: RelayAddress) => answersAt(address, certificate.current().fingerprint),
      allowedOrigins: options.allowedOrigins ?? [],
      version: VERSION,
    };
    const common = {
      publicOrigin,
      failed,
      web,
      relay,
      accountStep: metrics.accountStep,
      sealedStep: metrics.sealedStep,
    };
    // Never for the host's own window: what it may do is for this computer's own page.
    const host = { role: 'host', origins: origins.host, allowed: new AllowedOrigins() } as const;
    const guest = {
      role: 'guest',
      origins: origins.guest,
      allowed: new AllowedOrigins(options.allowedOrigins),
    } as const;
    const hostApp = await createSite({ ...common, ...host }, app => {
      void app.register(hostApi(facts)).register(metricsRoute(metrics));
    });
    const guestApp = await createSite({ ...common, ...guest });
    for (const server of hosts) serve(server, hostApp, { relay, ...host }, undo);
    serve(tls, guestApp, { relay, ...guest }, undo);

    relay.start();
    log.info('started', { version: VERSION, hostPort, guestPort });
    undo.push(() => log.info('stopping'));
    return {
      stop: unwind,
      addresses,
      ports: { hostPort, guestPort },
      certificateFingerprint: facts.certificateFingerprint,
      async firstInvitation() {
        if (relay.accounts.policy().mode !== 'invitation') return undefined;
        return (await directory.counts()).accounts > 0 ? undefined : relay.accounts.createInvitation();
      },
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

function createRelay(
  options: RelayServerOptions,
  kept: {
    readonly store: StreamStore;
    readonly directory: Directory;
    readonly blobs: BlobStore;
    readonly opaqueServerSetup: string;
  },
  metrics: RelayMetrics,
  nowMs: () => number,
): Relay {
  const { quotas, registration, retentionMs } = options;
  return new Relay({
    ...kept,
    bus: createInProcessBus(),
    nowMs,
    random: lengthBytes => new Uint8Array(randomBytes(lengthBytes)),
    scheduler: systemScheduler,
    observer: metrics.observer,
    ...(quotas && { quotas }),
    ...(registration && { registration }),
    ...(retentionMs !== undefined && { retentionMs }),
  });
}

function useCertificate(server: TlsServer, { certificate, privateKey }: TlsCertificate): void {
  server.setSecureContext({ cert: certificate, key: privateKey, minVersion: 'TLSv1.2' });
}
