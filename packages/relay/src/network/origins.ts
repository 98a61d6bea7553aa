import type { LocalAddresses } from './localAddresses.ts';

/** The origin of an address or a name, as a browser writes it: brackets for IPv6, no default port. */
export function originOf(scheme: 'http' | 'https', host: string, port: number): string {
  return new URL(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`).origin;
}

/** The origins of the host's own window. Nobody else can be made to resolve them to this computer. */
export function hostOrigins(port: number): readonly string[] {
  return ['localhost', '127.0.0.1', '::1'].map(host => originOf('http', host, port));
}

/** The origins by which guests reach the HTTPS listener. */
export function guestOrigins(
  local: LocalAddresses,
  port: number,
  publicOrigin: string | undefined,
): readonly string[] {
  const names = [...local.addresses, ...local.hostnames, 'localhost', '127.0.0.1', '::1'];
  const origins = names.map(host => originOf('https', host, port));
  return publicOrigin === undefined ? origins : [publicOrigin, ...origins];
}

/** Whether a Host header names one of these origins. */
export function isOwnHost(host: string | undefined, origins: readonly string[]): boolean {
  if (host === undefined) return false;
  return origins.some(origin => new URL(origin).host === host.toLowerCase());
}
