import type { FastifyPluginAsync } from 'fastify';
import type { RelayMetrics } from '../operations/metrics.ts';

/** An address under which people reach this relay. */
export interface RelayAddress {
  readonly kind: 'this-computer' | 'this-network' | 'internet';
  readonly origin: string;
}

export interface HostFacts {
  addresses(): readonly RelayAddress[];
  certificateFingerprint(): string;
  isReachable(address: RelayAddress): Promise<boolean>;
  readonly allowedOrigins: readonly string[];
  readonly version: string;
}

const text = { type: 'string' } as const;

const HOST = {
  response: {
    200: {
      type: 'object',
      properties: {
        addresses: {
          type: 'array',
          items: { type: 'object', properties: { kind: text, origin: text, reachable: { type: 'boolean' } } },
        },
        certificateFingerprint: text,
        allowedOrigins: { type: 'array', items: text },
        version: text,
      },
    },
  },
} as const;

/** What the host's own window needs to offer links, each address tried out. Only on the host listener. */
export function hostApi(facts: HostFacts): FastifyPluginAsync {
  return async app => {
    app.get('/api/host', { schema: HOST }, async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const addresses = await Promise.all(
        facts.addresses().map(async address => ({ ...address, reachable: await facts.isReachable(address) })),
      );
      const { allowedOrigins, version } = facts;
      return { addresses, certificateFingerprint: facts.certificateFingerprint(), allowedOrigins, version };
    });
  };
}

/** Counters for Prometheus. Only on the host listener. */
export function metricsRoute(metrics: RelayMetrics): FastifyPluginAsync {
  return async app => {
    app.get('/metrics', async (_request, reply) => {
      reply.header('cache-control', 'no-store').header('content-type', metrics.contentType);
      return metrics.text();
    });
  };
}
