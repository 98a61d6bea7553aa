import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Relay } from '../relay.ts';
import { VERSION } from '../version.ts';
import { accountsApi } from './accountsApi.ts';
import { health, invites } from './api.ts';
import { type AppOptions, createApp } from './app.ts';
import type { WebClient } from './assets.ts';
import { pages } from './pages.ts';
import { sealedApi } from './sealedApi.ts';
import { WebSocketListener, type WebSocketOptions } from './webSocket.ts';

export interface SiteOptions extends AppOptions {
  readonly web: WebClient;
  readonly relay: Relay;
  /** Told of each request about accounts, and what became of it. */
  readonly accountStep: (step: string, outcome: string) => void;
  /** The same for sealed messages. */
  readonly sealedStep: (step: string, outcome: string) => void;
}

/** Everything that one listener answers over HTTP: the API, the pages, and what `addMore` registers. */
export async function createSite(
  options: SiteOptions,
  addMore: (app: FastifyInstance) => void = () => undefined,
): Promise<FastifyInstance> {
  const app = createApp(options);
  void app
    .register(health(VERSION))
    .register(invites(options.relay))
    .register(
      accountsApi({
        accounts: options.relay.accounts,
        deviceMail: options.relay.deviceMail,
        origins: options.origins,
        allowed: options.allowed,
        failed: options.failed,
        answered: options.accountStep,
      }),
    )
    .register(
      sealedApi({
        sealed: options.relay.sealed,
        origins: options.origins,
        failed: options.failed,
        answered: options.sealedStep,
      }),
    )
    .register(pages(options.web, options.role));
  addMore(app);
  await app.ready();
  return app;
}

/** Lets a site and the WebSockets answer on a server; puts the way to end both on `undo`. */
export function serve(
  server: Server,
  site: FastifyInstance,
  options: WebSocketOptions,
  undo: (() => unknown)[],
): void {
  const webSockets = new WebSocketListener(options);
  webSockets.attach(server);
  server.on('request', (request, response) => site.routing(request, response));
  server.on('clientError', (_error, socket) => socket.destroy());
  undo.push(
    () => site.close(),
    () => webSockets.stop(),
    // First of the three, since they are undone from the last: it closes the sessions that the next waits for.
    () => options.relay.stop(),
  );
}
