/** Up to so long, it is told in steps of so long. */
const STEPS = [
  { upToS: 60, stepS: 5 },
  { upToS: 2 * 3_600, stepS: 60 },
  { upToS: 2 * 86_400, stepS: 3_600 },
  { upToS: Number.POSITIVE_INFINITY, stepS: 86_400 },
] as const;

/** How long a message can still be read, rounded up to a coarse step, and for how long that stays the same. */
export function timeLeft(
  goneAtMs: number,
  nowMs: number,
): { readonly seconds: number; readonly lastsMs: number } {
  const leftMs = Math.max(1, goneAtMs - nowMs);
  const { stepS } = STEPS.find(({ upToS }) => leftMs <= upToS * 1_000) ?? STEPS[3];
  const steps = Math.ceil(leftMs / 1_000 / stepS);
  return { seconds: steps * stepS, lastsMs: leftMs - (steps - 1) * stepS * 1_000 };
}
