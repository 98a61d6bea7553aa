import type { Ask, InviteLookup, InviteReport } from '../ports.ts';

const STATUSES: readonly InviteReport['status'][] = ['open', 'expired', 'used-up', 'revoked', 'ended'];

/** Asks the relay's HTTP side about an invite. It changes nothing there. */
export function httpInviteLookup(
  relayOrigin: string,
  ask: Ask = (url, init) => fetch(url, init),
): InviteLookup {
  return async token => {
    const response = await ask(`${relayOrigin}/api/invites/${token}`, { cache: 'no-store' });
    if (response.status === 404) return { status: 'unknown', hostOnline: false };
    const report: unknown = await response.json();
    if (typeof report !== 'object' || report === null) throw new TypeError('not a report');
    const { status, hostOnline } = report as { status?: unknown; hostOnline?: unknown };
    const known = STATUSES.find(word => word === status);
    if (known === undefined) throw new TypeError('not a report');
    return { status: known, hostOnline: hostOnline === true };
  };
}
