import { SottoError } from './sottoError.ts';

/** Of a host's own window, which has no certificate: the same computer. */
const HERE = 'http:';

/** Where a device belongs. */
export interface Home {
  /** The relay's origin. */
  readonly relay: string;
  readonly role: 'host' | 'guest';
}

/**
 * Where a device belongs that is opened with these: what was kept, what is given, or where the link leads. Throws
 * `RELAY_NEEDED`, `OTHER_RELAY`, `BAD_LINK`.
 */
export function homeOf(
  kept: Home | undefined,
  { relay, link }: { readonly relay?: string | undefined; readonly link?: string | undefined },
): Home {
  const given = originOf(relay) ?? kept?.relay ?? originOf(link);
  if (given === undefined)
    throw new SottoError('RELAY_NEEDED', 'the device is new: say which relay it is for, or give a link');
  if (kept !== undefined && relay === undefined && link !== undefined && originOf(link) !== kept.relay)
    throw new SottoError('OTHER_RELAY', `this device belongs to ${kept.relay}`);
  const isGuest = link !== undefined || !given.startsWith(HERE);
  return { relay: given, role: kept?.role ?? (isGuest ? 'guest' : 'host') };
}

/** Whether it is one's own relay, by the window that only this computer has. */
export function isOwn(relay: string): boolean {
  return relay.startsWith(HERE);
}

function originOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const text = address.trim();
  if (!URL.canParse(text) || !/^https?:/.test(text)) throw new SottoError('BAD_LINK', 'that is no address');
  return new URL(text).origin;
}
