/** Where a response goes out: it decides what the page may connect to and whether HTTPS is pinned. */
export interface ResponseContext {
  readonly scheme: 'http' | 'https';
  /** The Host header, checked. */
  readonly host: string;
  /** The certificate is one that browsers trust by themselves. */
  readonly publicCertificate: boolean;
}

/**
 * The page runs its own scripts and styles, talks to this host, and nothing else: no inline code, no third
 * party, no frame around it, no form, no string turned into code but through the policy `sotto`.
 */
function contentSecurityPolicy({ scheme, host }: ResponseContext): string {
  // `'self'` covers ws: only in browsers of CSP level 3.
  const socket = `${scheme === 'https' ? 'wss' : 'ws'}://${host}`;
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self' ${socket}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types sotto',
  ].join('; ');
}

/** What no page here ever asks for. The camera is asked for to scan a code, by the page's own doing only. */
const REFUSED = [
  'accelerometer',
  'autoplay',
  'bluetooth',
  'browsing-topics',
  'display-capture',
  'geolocation',
  'gyroscope',
  'hid',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
  'xr-spatial-tracking',
];

/** Headers of every response. */
export function securityHeaders(context: ResponseContext): Readonly<Record<string, string>> {
  return {
    'content-security-policy': contentSecurityPolicy(context),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': [...REFUSED.map(name => `${name}=()`), 'camera=(self)'].join(', '),
    'x-robots-tag': 'noindex, nofollow',
    // A pinned self-signed certificate would lock people out when it changes.
    ...(context.publicCertificate && { 'strict-transport-security': 'max-age=31536000' }),
  };
}
