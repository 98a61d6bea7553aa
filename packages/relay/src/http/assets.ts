import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};
const COMPRESSIBLE = /^(text\/|application\/(json|manifest|wasm)|image\/svg)/;

export type Encoding = 'br' | 'gzip';

/** One file of the web client, in memory. */
export class Asset {
  readonly etag: string;
  readonly #encoded = new Map<Encoding, Promise<Buffer>>();

  constructor(
    readonly body: Buffer,
    readonly contentType: string,
    precompressed: ReadonlyMap<Encoding, Buffer> = new Map(),
  ) {
    this.etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    for (const [encoding, bytes] of precompressed) this.#encoded.set(encoding, Promise.resolve(bytes));
  }

  get compressible(): boolean {
    return COMPRESSIBLE.test(this.contentType);
  }

  /** Compressed by the build, or once here on first use. */
  encoded(encoding: Encoding): Promise<Buffer> {
    const known = this.#encoded.get(encoding);
    if (known !== undefined) return known;
    const made = encoding === 'br' ? brotli(this.body, BROTLI_OPTIONS) : promisify(gzip)(this.body);
    this.#encoded.set(encoding, made);
    return made;
  }
}

const brotli = promisify(brotliCompress);
const BROTLI_OPTIONS = { params: { [constants.BROTLI_PARAM_QUALITY]: 8 } };

/** The web client as it was at the start of the relay. */
export interface WebClient {
  /** The host's page, the door of every link, the page for guests without a link, and that of every handle. */
  readonly pages: Readonly<Record<'host' | 'door' | 'closed' | 'sealed', Asset>>;
  /** Every other file by its path: an exact match or nothing, so that no path leads out of the folder. */
  readonly files: ReadonlyMap<string, Asset>;
}

/** Reads the built web client. Throws when a page is missing. */
export function readWebClient(directory: string): WebClient {
  const files = new Map<string, Asset>();
  for (const path of filesIn(directory)) {
    const contentType = TYPES[extname(path)];
    if (contentType === undefined) continue;
    const precompressed = new Map<Encoding, Buffer>();
    if (existsSync(`${path}.br`)) precompressed.set('br', readFileSync(`${path}.br`));
    if (existsSync(`${path}.gz`)) precompressed.set('gzip', readFileSync(`${path}.gz`));
    const name = `/${relative(directory, path).split(sep).join('/')}`;
    files.set(name, new Asset(readFileSync(path), contentType, precompressed));
  }
  const take = (name: string): Asset => {
    const page = files.get(name);
    if (page === undefined) throw new Error(`The web client has no ${name}.`);
    return page;
  };
  const pages = {
    host: take('/index.html'),
    door: take('/door.html'),
    closed: take('/closed.html'),
    sealed: take('/sealed.html'),
  };
  // Pages are reached by their routes only: the host's is not for guests.
  for (const name of files.keys()) if (name.endsWith('.html')) files.delete(name);
  return { pages, files };
}

function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap(entry => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return entry.isFile() ? [path] : [];
  });
}
