import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** The two ports of this host. They stay the same between starts: the browser's storage belongs to the origin. */
export interface Ports {
  readonly hostPort: number;
  readonly guestPort: number;
}

const FIRST_CHOICE: Ports = { hostPort: 8080, guestPort: 8443 };
const file = (dataDirectory: string): string => join(dataDirectory, 'ports.json');
const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) < 65_536;

/** The ports of earlier starts, or `undefined` at the first start (or where the file makes no sense). */
export function readKeptPorts(dataDirectory: string): Ports | undefined {
  try {
    const { hostPort, guestPort } = JSON.parse(readFileSync(file(dataDirectory), 'utf8'));
    return isPort(hostPort) && isPort(guestPort) ? { hostPort, guestPort } : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the ports for later starts. */
export function keepPorts(dataDirectory: string, ports: Ports): void {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const temporary = `${file(dataDirectory)}.new`;
  writeFileSync(temporary, `${JSON.stringify(ports)}\n`);
  renameSync(temporary, file(dataDirectory));
}

/** Whether nothing listens on the port at this address. */
export function isFree(port: number, address: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: address, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

async function firstFree(from: number, address: string, taken: number): Promise<number> {
  for (let port = from; port < Math.min(from + 100, 65_536); port += 1) {
    if (port !== taken && (await isFree(port, address))) return port;
  }
  return from;
}

/** At the first start, where nothing belongs to an origin yet, the first free ports from 8080 and 8443 on. */
export async function choosePorts(): Promise<Ports> {
  const hostPort = await firstFree(FIRST_CHOICE.hostPort, '127.0.0.1', 0);
  const guestPort = await firstFree(FIRST_CHOICE.guestPort, '0.0.0.0', hostPort);
  return { hostPort, guestPort };
}
