import { hostname, networkInterfaces } from 'node:os';

/** How this computer is called in its networks right now. */
export interface LocalAddresses {
  /** IPv4 and IPv6 addresses but loopback and link-local ones; real interfaces before virtual ones. */
  readonly addresses: readonly string[];
  /** The ones that other computers of the same network use, and that stay for a while: IPv4 and IPv6 fc00::/7. */
  readonly lanAddresses: readonly string[];
  /** The host name, and the same under `.local`. */
  readonly hostnames: readonly string[];
}

/** How often the network interfaces are looked at again. */
const LOOK_AGAIN_MS = 5_000;
/** Bridges and tunnels of containers and virtual machines: no friend is on the other side. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|cni|flannel|podman)/;
const HOSTNAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const isLinkLocal = (address: string): boolean => /^(fe[89ab][0-9a-f]:|169\.254\.)/i.test(address);
const isUniqueLocal = (address: string): boolean => /^f[cd]/i.test(address);

/** Reads the interfaces of the machine. */
export function localAddresses(interfaces = networkInterfaces(), name = hostname()): LocalAddresses {
  const all = Object.entries(interfaces).flatMap(([device, infos]) =>
    (infos ?? [])
      .filter(({ internal, address }) => !internal && !isLinkLocal(address))
      .map(({ address, family }) => ({ address, ipv4: family === 'IPv4', virtual: VIRTUAL.test(device) })),
  );
  const sorted = [...all].sort(
    (a, b) => Number(a.virtual) - Number(b.virtual) || Number(b.ipv4) - Number(a.ipv4),
  );
  const short = name.toLowerCase().split('.')[0]!;
  return {
    addresses: unique(sorted.map(({ address }) => address)),
    lanAddresses: unique(
      sorted
        .filter(({ virtual, ipv4, address }) => !virtual && (ipv4 || isUniqueLocal(address)))
        .map(({ address }) => address),
    ),
    hostnames: HOSTNAME.test(short) && short !== 'localhost' ? [short, `${short}.local`] : [],
  };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

/** The addresses of this computer, as they were a moment ago. */
export function watchNetwork(nowMs: () => number): () => LocalAddresses {
  let seen = localAddresses();
  let seenAtMs = nowMs();
  return () => {
    if (Math.abs(nowMs() - seenAtMs) >= LOOK_AGAIN_MS) {
      seen = localAddresses();
      seenAtMs = nowMs();
    }
    return seen;
  };
}
