import { request } from 'node:https';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { RelayAddress } from '../http/hostApi.ts';

const TIMEOUT_MS = 2_500;

/**
 * Whether this relay itself answers under an address: asked over the network from here, which a firewall on the
 * way of others can still contradict. On the local network the certificate must be the relay's own; an address
 * of the internet may be a proxy's with its own certificate, which must then be a valid one.
 */
export async function answersAt(address: RelayAddress, fingerprint: string): Promise<boolean> {
  if (address.kind === 'this-computer') return true;
  const pinned = address.kind === 'this-network';
  return new Promise(resolve => {
    const asking = request(
      `${address.origin}/api/health`,
      { rejectUnauthorized: !pinned, timeout: TIMEOUT_MS, agent: false },
      response => {
        const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate() as PeerCertificate;
        response.resume();
        resolve(response.statusCode === 200 && (!pinned || fingerprint256 === fingerprint));
      },
    );
    asking.once('timeout', () => asking.destroy(new Error('timeout')));
    asking.once('error', () => resolve(false));
    asking.end();
  });
}
