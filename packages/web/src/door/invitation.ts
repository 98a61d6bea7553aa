import type { DoorFailure } from '../words.ts';

/** What the door shows, from the sealed card. */
export interface DoorCard {
  readonly title: string;
  readonly inviterName: string;
  readonly approval: boolean;
  readonly password: boolean;
}

/** What the relay says of an invite to whoever has its token. It changes nothing by saying it. */
export interface InviteAnswer {
  readonly status: 'open' | 'expired' | 'used-up' | 'revoked' | 'ended';
  readonly sealedCard: Uint8Array;
  readonly expiresAtMs: number;
  readonly hostOnline: boolean;
}

/** Why there is no door to show. */
export class DoorError extends Error {
  override readonly name = 'DoorError';
  constructor(readonly reason: DoorFailure) {
    super(reason);
  }
}

const STATUSES: readonly InviteAnswer['status'][] = ['open', 'expired', 'used-up', 'revoked', 'ended'];

/** Asks the relay about an invite. Throws `DoorError`: unknown-link, rate-limited, no-network, server-trouble. */
export async function fetchInvite(token: string): Promise<InviteAnswer> {
  let response: Response;
  try {
    response = await fetch(`/api/invites/${encodeURIComponent(token)}`, {
      cache: 'no-store',
      credentials: 'omit',
    });
  } catch {
    throw new DoorError('no-network');
  }
  if (response.status === 404) throw new DoorError('unknown-link');
  if (response.status === 429) throw new DoorError('rate-limited');
  if (!response.ok) throw new DoorError('server-trouble');
  let answer: unknown;
  try {
    answer = await response.json();
  } catch {
    throw new DoorError('server-trouble');
  }
  return parseInviteAnswer(answer);
}

/** Throws `DoorError` (server-trouble) on anything but what a relay answers. */
export function parseInviteAnswer(answer: unknown): InviteAnswer {
  const { status, sealedCard, expiresAtMs, hostOnline } = Object(answer) as Record<string, unknown>;
  const known = STATUSES.find(name => name === status);
  if (known === undefined || typeof sealedCard !== 'string' || typeof expiresAtMs !== 'number')
    throw new DoorError('server-trouble');
  return {
    status: known,
    sealedCard: fromBase64Url(sealedCard),
    expiresAtMs,
    hostOnline: hostOnline === true,
  };
}

function fromBase64Url(text: string): Uint8Array {
  if (!/^[\w-]*$/.test(text)) throw new DoorError('server-trouble');
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), char => char.charCodeAt(0));
}
