import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** A page on this computer that has nothing on it but what is under test: by itself the store (vaultPage.ts). */
export interface VaultSite {
  readonly origin: string;
  /** The query of the next request for `/dying`, which is never answered: a page that asks stands still there. */
  nextDying(): Promise<URLSearchParams>;
  close(): Promise<void>;
}

/** `bytesAt`: what else stands there, by path. */
export async function serveVaultSite(
  entry = 'vaultPage.ts',
  bytesAt: (path: string) => Uint8Array | undefined = () => undefined,
): Promise<VaultSite> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-vault-site-'));
  await build({
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    logLevel: 'warn',
    build: {
      outDir: folder,
      emptyOutDir: true,
      lib: {
        entry: fileURLToPath(new URL(entry, import.meta.url)),
        formats: ['es'],
        fileName: () => 'page.js',
      },
    },
  });
  // What the page asks for only now and then stands in files of its own.
  const scripts = new Map(readdirSync(folder).map(file => [`/${file}`, readFileSync(join(folder, file))]));
  rmSync(folder, { recursive: true, force: true });
  let dying: (query: URLSearchParams) => void = () => {};
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/dying') return dying(searchParams);
    const bytes = bytesAt(pathname);
    if (bytes !== undefined) return response.end(bytes);
    const script = scripts.get(pathname);
    // Pages of an origin of their own have no storage; the script must load there too.
    if (pathname === '/blocked') response.setHeader('content-security-policy', 'sandbox allow-scripts');
    response.setHeader('access-control-allow-origin', '*');
    // What a test looks for on the disk is in the script, and must not come there with it.
    response.setHeader('cache-control', 'no-store');
    response.setHeader('content-type', `${script ? 'text/javascript' : 'text/html'}; charset=utf-8`);
    response.end(
      script ?? '<!doctype html><title>store</title><script type="module" src="/page.js"></script>',
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    nextDying: () =>
      new Promise(resolve => {
        dying = resolve;
      }),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
