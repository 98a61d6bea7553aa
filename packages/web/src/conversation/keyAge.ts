/** Keys are renewed weekly, within half a day; so much longer may be a machine that was away, or a server's doing. */
const OLD_AFTER_MS = 10 * 24 * 3_600_000;

/** Whether somebody should know that this device's keys in a room were not renewed in time. */
export function areKeysOld(renewedAtMs: number | undefined, nowMs: number): boolean {
  return renewedAtMs !== undefined && nowMs - renewedAtMs > OLD_AFTER_MS;
}
