import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRelayServer, type RegistrationMode, RelayServerError } from '@sotto/relay';
import { dataDirectory } from './dataDirectory.ts';
import { choosePorts, isFree, keepPorts, type Ports, readKeptPorts } from './keptPorts.ts';
import { canOpenWindow, openWindow } from './openWindow.ts';
import { portOwner } from './portOwner.ts';

/** What `sotto start` was asked to do. */
export interface StartOptions {
  readonly hostPort: number | undefined;
  readonly guestPort: number | undefined;
  readonly publicOrigin: string | undefined;
  /** Sites of others whose pages may use this relay. */
  readonly allowedOrigins: readonly string[];
  /** How much of one chat waits for those who have not read it. */
  readonly chatLimitBytes: number | undefined;
  /** Who may make an account. */
  readonly registration: RegistrationMode | undefined;
  readonly window: boolean;
}

const addressOf = (hostPort: number): string => `http://localhost:${hostPort}`;

/** Whether it is Sotto itself that answers on a port of this computer. */
async function isSotto(hostPort: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${hostPort}/api/health`, {
      signal: AbortSignal.timeout(2_000),
    });
    const body = (await response.json()) as { ok?: unknown; protocolVersion?: unknown };
    return body.ok === true && typeof body.protocolVersion === 'number';
  } catch {
    return false;
  }
}

function portTaken(option: '--port' | '--guest-port', port: number): string {
  const owner = portOwner(port);
  const by = owner ? `by ${owner.command} (process ${owner.pid})` : 'by another program';
  const cost =
    option === '--port'
      ? `Stop it and start again, or choose another port: npm start -- --port ${port + 1}\nChats in your browser belong to the old address; they are there again when you go back to port ${port}.`
      : `Stop it and start again, or choose another port: npm start -- --guest-port ${port + 1}\nLinks that you already sent name the old port and will not open.`;
  return `Port ${port} is taken ${by}.\n${cost}`;
}

/** The pages: packed with the command, or built beside its package. */
function webDirectory(): string {
  const places = ['./web', '../../web/dist'].map(path => fileURLToPath(new URL(path, import.meta.url)));
  const folder = places.find(place => existsSync(place));
  if (folder === undefined) throw new Error('The pages are not built: run "npm run build".');
  return folder;
}

async function show(address: string, window: boolean): Promise<void> {
  if (!window || !canOpenWindow(process.env, process.platform) || !(await openWindow(address))) {
    console.log(`Sotto is running. Open ${address} on this computer.`);
  } else {
    console.log(`Sotto is running: ${address} (its window has been opened)`);
  }
}

function untilAskedToStop(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

/** Runs the relay until the person stops it; gives the exit code. */
export async function startCommand(options: StartOptions): Promise<number> {
  const folder = dataDirectory();
  const kept = readKeptPorts(folder);
  const ports: Ports = { ...(kept ?? (await choosePorts())), ...given(options) };

  if (!(await isFree(ports.hostPort, '127.0.0.1'))) {
    if (await isSotto(ports.hostPort)) {
      await show(addressOf(ports.hostPort), options.window);
      return 0;
    }
    console.error(portTaken('--port', ports.hostPort));
    return 1;
  }
  if (!(await isFree(ports.guestPort, '0.0.0.0'))) {
    console.error(portTaken('--guest-port', ports.guestPort));
    return 1;
  }

  const server = createRelayServer({
    dataDirectory: folder,
    webDirectory: webDirectory(),
    ...ports,
    ...(options.chatLimitBytes === undefined ? {} : { storage: { maxStreamBytes: options.chatLimitBytes } }),
    certificateRenewed: fingerprint => {
      console.log(
        `The certificate of the guests’ address was renewed. Browsers ask once more, programs go on; its SHA-256 fingerprint is now\n${fingerprint}`,
      );
    },
    allowedOrigins: options.allowedOrigins,
    ...(options.publicOrigin === undefined ? {} : { publicOrigin: options.publicOrigin }),
    ...(options.registration === undefined ? {} : { registration: options.registration }),
  });
  try {
    await server.start();
  } catch (error) {
    if (!(error instanceof RelayServerError)) throw error;
    console.error(`Sotto could not start: ${error.message}`);
    return 1;
  }
  keepPorts(folder, ports);
  const stop = untilAskedToStop();
  await show(addressOf(ports.hostPort), options.window);
  for (const origin of options.allowedOrigins) console.log(`Pages of ${origin} may use it, as guests do.`);
  const invitation = await server.firstInvitation();
  if (invitation !== undefined) {
    console.log(`Nobody has an account here yet. This code is good for one, within 30 days:\n${invitation}`);
  }
  await stop;
  await server.stop();
  return 0;
}

function given(options: StartOptions): Partial<Ports> {
  return {
    ...(options.hostPort === undefined ? {} : { hostPort: options.hostPort }),
    ...(options.guestPort === undefined ? {} : { guestPort: options.guestPort }),
  };
}
