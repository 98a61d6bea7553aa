import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { ListenerRole } from './app.ts';
import { sendNotFound } from './app.ts';
import type { Asset, Encoding, WebClient } from './assets.ts';

/** The web client: pages by their routes, everything else by its exact path. */
export function pages(web: WebClient, role: ListenerRole): FastifyPluginAsync {
  return async app => {
    const start = role === 'host' ? web.pages.host : web.pages.closed;
    app.get('/', (request, reply) => sendAsset(request, reply, start));
    // The same door for every token: whether there is such an invite is asked by the page, not shown by the path.
    app.get('/chat/:token', (request, reply) => {
      // With an opener policy, browsers make the tab forget what it remembers of a guest's chat as soon as it has shown
      // anything else, be it their own page of a failed reload (docs/decisions/0006).
      reply.header('cross-origin-opener-policy', 'unsafe-none');
      return sendAsset(request, reply, web.pages.door);
    });
    // The same page for every handle, on both listeners: who takes sealed messages is asked by the page.
    app.get('/@:handle', (request, reply) => sendAsset(request, reply, web.pages.sealed));
    app.get('/*', (request, reply) => {
      const path = request.url.split('?')[0]!;
      const file = web.files.get(path);
      if (file === undefined) return sendNotFound(reply);
      return sendAsset(request, reply, file, path.startsWith('/assets/'));
    });
  };
}

async function sendAsset(
  request: FastifyRequest,
  reply: FastifyReply,
  asset: Asset,
  named: boolean = false,
): Promise<FastifyReply> {
  reply.header('etag', asset.etag);
  // Files under /assets/ carry a hash of their content in their names.
  reply.header('cache-control', named ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send();
  reply.header('content-type', asset.contentType);
  if (!asset.compressible) return reply.send(asset.body);
  reply.header('vary', 'accept-encoding');
  const encoding = acceptedEncoding(request.headers['accept-encoding']);
  if (encoding === undefined) return reply.send(asset.body);
  return reply.header('content-encoding', encoding).send(await asset.encoded(encoding));
}

function acceptedEncoding(header: string | string[] | undefined): Encoding | undefined {
  const accepted = String(header ?? '')
    .split(',')
    .filter(part => !/;\s*q=0(\.0*)?\s*$/.test(part))
    .map(part => part.split(';')[0]!.trim());
  return (['br', 'gzip'] as const).find(encoding => accepted.includes(encoding));
}
