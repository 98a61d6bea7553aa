import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRelayServer, type RelayServer, type RelayServerOptions } from '../../../relay/src/server.ts';
import { writeWebClient } from '../../../relay/src/testing/relayServer.fixture.ts';

/** A relay as it runs on a machine, with sockets, TLS and a database; and a place for what devices keep. */
export class RelayOnDisk {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sotto-sdk-'));
  readonly #web = join(this.#folder, 'web');
  #server: RelayServer;
  #ports = { hostPort: 0, guestPort: 0 };

  constructor(private readonly options: Pick<RelayServerOptions, 'allowedOrigins'> = {}) {
    writeWebClient(this.#web);
    this.#server = this.#make();
  }

  /** On the ports of before. */
  async up(): Promise<this> {
    this.#server = this.#make();
    await this.#server.start();
    this.#ports = this.#server.ports();
    return this;
  }

  down(): Promise<void> {
    return this.#server.stop();
  }

  get hostOrigin(): string {
    return `http://localhost:${this.#ports.hostPort}`;
  }

  get guestOrigin(): string {
    return `https://localhost:${this.#ports.guestPort}`;
  }

  get certificate(): string {
    return this.#server.certificateFingerprint();
  }

  /** A folder for a device. */
  folder(name: string): string {
    return join(this.#folder, 'devices', name);
  }

  /** The same link at the address where everyone on this computer comes in. */
  forGuests(link: string): string {
    const { pathname, hash } = new URL(link);
    return this.guestOrigin + pathname + hash;
  }

  /** Takes away a file of its certificate, `certificate.pem` or `key.pem`, while it is down. */
  forget(file: string): void {
    rmSync(join(this.#folder, 'relay', 'tls', file));
  }

  async remove(): Promise<void> {
    await this.down();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #make(): RelayServer {
    return createRelayServer({
      dataDirectory: join(this.#folder, 'relay'),
      webDirectory: this.#web,
      guestAddress: '127.0.0.1',
      ...this.options,
      ...this.#ports,
    });
  }
}
