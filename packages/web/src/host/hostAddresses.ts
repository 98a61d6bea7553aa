/** Where a link can be opened from. */
export type Place = 'this-computer' | 'this-network' | 'internet';

export const PLACES: readonly Place[] = ['this-computer', 'this-network', 'internet'];

export interface HostAddress {
  readonly kind: Place;
  /** What stands before the link's path, e.g. `https://192.168.1.20:8443`. */
  readonly origin: string;
  /** Whether it answered when the relay tried it. */
  readonly reachable: boolean;
}

export interface HostInfo {
  readonly addresses: readonly HostAddress[];
  /** SHA-256 of the certificate that browsers will warn about, as they show it. */
  readonly certificateFingerprint: string | undefined;
}

/** Asks the relay of this window where it can be reached. Throws when it does not answer as it should. */
export async function fetchHostInfo(): Promise<HostInfo> {
  const response = await fetch('/api/host', { cache: 'no-store', credentials: 'omit' });
  if (!response.ok) throw new Error(`/api/host answered ${response.status}`);
  return parseHostInfo(await response.json());
}

/** Takes what fits of an answer; addresses that are not http(s) origins are left out. */
export function parseHostInfo(answer: unknown): HostInfo {
  const { addresses, certificateFingerprint } = Object(answer) as Record<string, unknown>;
  return {
    addresses: Array.isArray(addresses) ? addresses.flatMap(parseAddress) : [],
    certificateFingerprint: typeof certificateFingerprint === 'string' ? certificateFingerprint : undefined,
  };
}

function parseAddress(value: unknown): readonly HostAddress[] {
  const { kind, origin, reachable } = Object(value) as Record<string, unknown>;
  const place = PLACES.find(known => known === kind);
  if (place === undefined || typeof origin !== 'string' || !URL.canParse(origin)) return [];
  const url = new URL(origin);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return [];
  return [{ kind: place, origin: url.origin, reachable: reachable === true }];
}

/** The address that works for most people: anywhere, else this network, else this computer. */
export function bestAddress(addresses: readonly HostAddress[]): HostAddress | undefined {
  for (const place of [...PLACES].reverse()) {
    const found = addresses.find(address => address.kind === place && address.reachable);
    if (found !== undefined) return found;
  }
  return addresses[0];
}

/** Whether a browser will warn before it opens this address: a self-made certificate, which networks get. */
export function browserWarns(address: HostAddress): boolean {
  return address.origin.startsWith('https:') && address.kind !== 'internet';
}
