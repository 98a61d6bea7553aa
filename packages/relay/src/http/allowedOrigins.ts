import type { FastifyReply, FastifyRequest } from 'fastify';

/** What a program in a page of another origin asks over HTTP; all else is for own pages only, sealed messages too. */
const OPEN_PATHS = /^\/api\/(?:health$|invites\/|accounts\/)/;
const PREFLIGHT_KEPT_S = '600';

/**
 * Origins of other sites whose pages may use this relay: the operator's own list, empty by default, compared whole. For
 * the guests' listener only; nothing here has cookies, so what such a page may do is what any program may.
 */
export class AllowedOrigins {
  readonly #origins: ReadonlySet<string>;

  constructor(origins: readonly string[] = []) {
    this.#origins = new Set(origins);
  }

  has(origin: string | undefined): boolean {
    return origin !== undefined && this.#origins.has(origin);
  }

  /** Whether a request is one of a page that is allowed, for something that is open to it. */
  allows({ url, headers: { origin } }: FastifyRequest): boolean {
    return this.has(origin) && OPEN_PATHS.test(pathOf(url));
  }

  /** Says what CORS asks for. True: it was a preflight, and is answered. */
  answer(request: FastifyRequest, reply: FastifyReply): boolean {
    if (this.#origins.size === 0 || !OPEN_PATHS.test(pathOf(request.url))) return false;
    reply.header('vary', 'Origin');
    if (!this.allows(request)) return false;
    reply.header('access-control-allow-origin', request.headers.origin);
    if (request.method !== 'OPTIONS') return false;
    void reply
      .headers({
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'content-type',
        'access-control-max-age': PREFLIGHT_KEPT_S,
      })
      .code(204)
      .send();
    return true;
  }
}

function pathOf(url: string): string {
  return url.split('?', 1)[0]!;
}
