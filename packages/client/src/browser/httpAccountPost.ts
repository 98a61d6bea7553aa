import type { AccountPost, Ask } from '../ports.ts';

const PROTOBUF = 'application/x-protobuf';

/** The routes of a relay for accounts, by `fetch`: from the relay's own origin, without cookies. */
export function httpAccountPost(
  relayOrigin: string,
  ask: Ask = (url, init) => fetch(url, init),
): AccountPost {
  return async (step, body) => {
    const response = await ask(`${relayOrigin}/api/accounts/${step}`, {
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      ...(body && { method: 'POST', headers: { 'content-type': PROTOBUF }, body: body as BodyInit }),
    });
    if (response.ok) return { body: new Uint8Array(await response.arrayBuffer()) };
    const refusal: unknown = await response.json();
    const { code, retryAfterMs } = Object(refusal) as { code?: unknown; retryAfterMs?: unknown };
    return { refused: String(code), retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : 0 };
  };
}
