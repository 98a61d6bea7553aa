/** The link with another host in front: everyone here is on this computer, friends come over HTTPS. */
export function onOrigin(link: string, origin: string): string {
  const { pathname, hash } = new URL(link);
  return `${origin}${pathname}${hash}`;
}
