import { InviteToken, LIMITS } from '@sotto/protocol';
import type { FastifyPluginAsync } from 'fastify';
import type { Relay } from '../relay.ts';

const text = { type: 'string' } as const;
const integer = { type: 'integer' } as const;
const flag = { type: 'boolean' } as const;

const HEALTH = {
  response: { 200: { type: 'object', properties: { ok: flag, version: text, protocolVersion: integer } } },
} as const;

/** Whether the relay answers, and what it speaks. */
export function health(version: string): FastifyPluginAsync {
  return async app => {
    app.get('/api/health', { schema: HEALTH }, async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return { ok: true, version, protocolVersion: LIMITS.protocolVersion };
    });
  };
}

const INVITE = {
  params: { type: 'object', properties: { token: text }, required: ['token'] },
  response: {
    200: {
      type: 'object',
      properties: {
        status: text,
        sealedCard: text,
        expiresAtMs: integer,
        hostOnline: flag,
        serverTimeMs: integer,
      },
    },
    404: { type: 'object', properties: { code: text } },
  },
} as const;

/** What the door asks. It changes nothing, however often it is asked. */
export function invites(relay: Relay): FastifyPluginAsync {
  return async app => {
    app.get<{ Params: { token: string } }>(
      '/api/invites/:token',
      { schema: INVITE },
      async (request, reply) => {
        reply.header('cache-control', 'no-store');
        const { token } = request.params;
        const report = InviteToken.is(token) ? await relay.inviteReport(token, request.ip) : undefined;
        if (report === undefined) return reply.code(404).send({ code: 'INVITE_UNKNOWN' });
        return { ...report, sealedCard: Buffer.from(report.sealedCard).toString('base64url') };
      },
    );
  };
}
