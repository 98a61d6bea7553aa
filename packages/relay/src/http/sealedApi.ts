import { LIMITS } from '@sotto/protocol';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { Refusal } from '../refusal.ts';
import type { SealedPosts } from '../sealed/sealedPosts.ts';
import { oneOfFewLarge } from './largeUploads.ts';

export interface SealedApiOptions {
  readonly sealed: SealedPosts;
  /** By which this listener is reached right now. */
  readonly origins: () => readonly string[];
  readonly failed: (step: string, error: unknown) => void;
  /** Told of each request: what it was, and `ok` or the code of the refusal. */
  readonly answered: (step: string, outcome: string) => void;
}

/** The media type of a compact JWE (RFC 7515 §9.2.1): no form and no image of another site can send it. */
const JOSE = 'application/jose';
const BEARER = /^Bearer ([\x21-\x7e]+)$/;

type Params = { readonly Params: { readonly handle: string } };

/**
 * Sealed messages for those who have no session: keys to write to, and a place to leave what was written. For programs
 * and this relay's own pages: another site's page is not answered, so that its visitors cannot be made to write.
 * Nothing here reads cookies; whoever posts shows a token, or is nobody.
 */
export function sealedApi({ sealed, origins, failed, answered }: SealedApiOptions): FastifyPluginAsync {
  return async app => {
    app.addContentTypeParser(JOSE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const { origin } = request.headers;
      if (origin === undefined || origins().includes(origin)) return undefined;
      return reply.code(403).send({ code: 'FORBIDDEN' });
    });

    const answer = async (reply: FastifyReply, step: string, work: () => Promise<object>) => {
      try {
        const body = await work();
        answered(step, 'ok');
        return reply.send(body);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        answered(step, error.code);
        return sendRefusal(reply, error);
      }
    };

    app.get<Params>('/api/sealed/:handle', (request, reply) =>
      answer(reply, 'look', () => sealed.look(request.params.handle, request.ip)),
    );
    app.post<Params & { Body: Buffer }>(
      '/api/sealed/:handle',
      { bodyLimit: LIMITS.sealedPostBytes, onRequest: oneOfFewLarge() },
      (request, reply) =>
        answer(reply.code(202), 'post', async () => {
          const { body, headers, params, ip } = request;
          if (!(body instanceof Uint8Array)) throw new Refusal('MALFORMED', `the body is ${JOSE}`);
          const messageId = headers['message-id'];
          if (Array.isArray(messageId)) throw new Refusal('MALFORMED', 'one Message-Id');
          const token = tokenIn(headers.authorization);
          await sealed.post({ handle: params.handle, message: body, token, messageId }, ip);
          return { accepted: true };
        }),
    );
    app.setErrorHandler((error, _request, reply) => {
      const { statusCode = 500 } = error as { statusCode?: number };
      if (statusCode === 413) return reply.code(413).send({ code: 'TOO_LARGE' });
      if (statusCode < 500)
        return sendRefusal(reply, new Refusal('MALFORMED', `the body is a compact JWE, sent as ${JOSE}`));
      failed('sealed', error);
      return reply.code(500).send({ code: 'UNAVAILABLE' });
    });
  };
}

function tokenIn(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) throw new Refusal('UNAUTHENTICATED', 'Authorization: Bearer and a token');
  return token;
}

const STATUSES: Readonly<Record<string, number>> = {
  MALFORMED: 400,
  UNAUTHENTICATED: 401,
  NOT_FOUND: 404,
  TOO_LARGE: 413,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

function sendRefusal(reply: FastifyReply, { code, message, facts }: Refusal): FastifyReply {
  const { retryAfterMs = 0 } = facts;
  if (retryAfterMs > 0) reply.header('retry-after', String(Math.ceil(retryAfterMs / 1_000)));
  // For whoever writes the program that posts: it says nothing that the code does not say of any account.
  return reply.code(STATUSES[code] ?? 403).send({ code, message, retryAfterMs });
}
