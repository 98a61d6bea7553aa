import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** `examples/browser`, built as its reader would, on an origin of its own that only serves files. */
export class ExampleSite {
  readonly #server: Server;
  /** The relay that its pages may talk to, and nobody else. */
  relay = '';

  private constructor(files: ReadonlyMap<string, Buffer>) {
    this.#server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const path = pathname === '/' ? '/index.html' : pathname;
      const file = files.get(path);
      response.setHeader('content-security-policy', this.#policy());
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
      response.writeHead(file === undefined ? 404 : 200).end(file);
    });
  }

  static async open(): Promise<ExampleSite> {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-example-'));
    await build({
      configFile: fileURLToPath(new URL('../../examples/browser/vite.config.ts', import.meta.url)),
      logLevel: 'error',
      build: { outDir: folder, emptyOutDir: true },
    });
    const files = new Map<string, Buffer>();
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, name);
      if (statSync(path).isFile()) files.set(`/${name}`, readFileSync(path));
    }
    rmSync(folder, { recursive: true, force: true });
    const site = new ExampleSite(files);
    await new Promise<void>(resolve => site.#server.listen(0, '127.0.0.1', resolve));
    return site;
  }

  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The same pages, as another site's. */
  get otherOrigin(): string {
    return this.origin.replace('localhost', '127.0.0.1');
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #policy(): string {
    return [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      "worker-src 'self'",
      `connect-src ${this.relay} ${this.relay.replace(/^http/, 'ws')}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types default',
    ].join('; ');
  }
}
