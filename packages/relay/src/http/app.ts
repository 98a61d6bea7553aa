import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isOwnHost } from '../network/origins.ts';
import { Refusal } from '../refusal.ts';
import type { AllowedOrigins } from './allowedOrigins.ts';
import { securityHeaders } from './securityHeaders.ts';

export type ListenerRole = 'host' | 'guest';

export interface AppOptions {
  readonly role: ListenerRole;
  /** By which this listener is reached right now. */
  readonly origins: () => readonly string[];
  readonly publicOrigin: string | undefined;
  /** Other sites whose pages may ask. */
  readonly allowed: AllowedOrigins;
  readonly failed: (step: string, error: unknown) => void;
}

const NOT_FOUND = { code: 'NOT_FOUND' } as const;

/**
 * The HTTP side of one listener, still without routes: answers only under its own names, puts the security
 * headers on everything, takes no bodies, and says the same of all that is not there.
 */
export function createApp({ role, origins, publicOrigin, allowed, failed }: AppOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: 1_024,
    // A path that cannot be decoded reaches no hook: it is answered here, like all that is not there.
    frameworkErrors: (_error, _request, reply) => {
      sendNotFound(reply.headers({ 'x-content-type-options': 'nosniff' }));
    },
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false },
  });
  app.removeAllContentTypeParsers();
  const scheme = role === 'host' ? 'http' : 'https';
  const publicHost = publicOrigin === undefined ? undefined : new URL(publicOrigin).host;

  app.addHook('onRequest', async (request, reply) => {
    const { host } = request.headers;
    // A name that leads here from elsewhere (DNS rebinding) must not see anything.
    if (host === undefined || !isOwnHost(host, origins())) {
      return reply.code(421).send({ code: 'MISDIRECTED' });
    }
    const publicCertificate = role === 'guest' && host.toLowerCase() === publicHost;
    reply.headers(securityHeaders({ scheme, host: host.toLowerCase(), publicCertificate }));
    if (allowed.answer(request, reply)) return reply;
    if (request.url.startsWith('/api/') && isCrossSite(request) && !allowed.allows(request))
      return reply.code(403).send({ code: 'FORBIDDEN' });
    return undefined;
  });
  app.setNotFoundHandler((_request, reply) => sendNotFound(reply));
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof Refusal) return sendRefusal(reply, error);
    const { statusCode = 500 } = error as { statusCode?: number };
    if (statusCode < 500) return sendNotFound(reply);
    failed('http', error);
    return reply.code(500).send({ code: 'UNAVAILABLE' });
  });
  return app;
}

/** A page of another site asks: it could not read the answer, but it has no business here either. */
function isCrossSite(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

export function sendNotFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).header('cache-control', 'no-store').send(NOT_FOUND);
}

function sendRefusal(reply: FastifyReply, { code, facts }: Refusal): FastifyReply {
  if (code !== 'RATE_LIMITED') return reply.code(503).send({ code });
  const seconds = Math.ceil((facts.retryAfterMs ?? 1_000) / 1_000);
  return reply
    .code(429)
    .header('retry-after', String(seconds))
    .header('cache-control', 'no-store')
    .send({ code });
}
