import { LIMITS } from '@sotto/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Bodies of large sealed messages that are in memory at once: 64 MiB of the largest. */
const MAX_AT_ONCE = 4;
const AGAIN_AFTER_S = 5;

/**
 * Lets only so many large bodies in at a time, before a byte of them is read: each is held in memory until it is
 * checked. Small ones do not wait for them.
 */
export function oneOfFewLarge(): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  let underWay = 0;
  return async ({ headers }, reply) => {
    // One that does not say how long it is may be of any length.
    const sizeBytes = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY);
    if (sizeBytes <= LIMITS.sealedMessageBytes) return undefined;
    if (underWay >= MAX_AT_ONCE) {
      const refusal = { code: 'RATE_LIMITED', message: 'too many large messages at once' };
      reply.code(429).header('retry-after', String(AGAIN_AFTER_S));
      return reply.send({ ...refusal, retryAfterMs: AGAIN_AFTER_S * 1_000 });
    }
    underWay += 1;
    reply.raw.once('close', () => {
      underWay -= 1;
    });
    return undefined;
  };
}
