import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RelayServerError } from '../relayServerError.ts';

const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/**
 * Listens, and gives the port (which the system chose where 0 was asked for), or `undefined` where this computer
 * has no such address (no IPv6). Throws `RelayServerError` `PORT_TAKEN` or `PORT_FORBIDDEN`.
 */
export function listen(server: Server, host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (NO_SUCH_ADDRESS.has(error.code ?? '')) return resolve(undefined);
      if (error.code === 'EADDRINUSE') {
        return reject(
          new RelayServerError('PORT_TAKEN', `Port ${port} is taken by another program.`, port, {
            cause: error,
          }),
        );
      }
      if (error.code === 'EACCES') {
        return reject(
          new RelayServerError('PORT_FORBIDDEN', `Port ${port} is not for this user.`, port, {
            cause: error,
          }),
        );
      }
      return reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => resolve((server.address() as AddressInfo).port));
  });
}

/** IPv4 and IPv6 loopback on one port, which it gives. Throws as `listen` does. */
export async function listenOnLoopback(ipv4: Server, ipv6: Server, port: number): Promise<number> {
  const taken = await listen(ipv4, '127.0.0.1', port);
  await listen(ipv6, '::1', taken!);
  return taken!;
}

/** All interfaces, where there is no IPv6 those of IPv4, or the one `address`; gives the port. Throws as `listen` does. */
export async function listenForGuests(
  server: Server,
  address: string | undefined,
  port: number,
): Promise<number> {
  const taken = (await listen(server, address ?? '::', port)) ?? (await listen(server, '0.0.0.0', port));
  return taken!;
}

/** Takes nobody in any more and ends what is open. */
export function shut(server: Server): Promise<void> {
  return new Promise(resolve => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
