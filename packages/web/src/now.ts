import { useEffect, useState } from 'preact/hooks';

/** The time, drawn again every minute: for "today", "now" and what expires. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    const wake = (): void => setNow(Date.now());
    document.addEventListener('visibilitychange', wake);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', wake);
    };
  }, []);
  return now;
}

/** What is shown of a moment, and when that is to be looked at again. */
interface Step {
  readonly words: string;
  readonly lastsMs: number;
}

/** A machine that slept: its timers stood still, and its clock did not. */
const MOST_MS = 60_000;
const LEAST_MS = 200;

const watchers = new Set<() => number>();
let timer: ReturnType<typeof setTimeout> | undefined;
let ringsAtMs = Number.POSITIVE_INFINITY;

function ring(): void {
  ringIn(Math.min(...[...watchers].map(look => look())));
}

function ringIn(delayMs: number): void {
  clearTimeout(timer);
  ringsAtMs = Number.POSITIVE_INFINITY;
  if (watchers.size === 0) return;
  const boundedMs = Math.max(LEAST_MS, Math.min(MOST_MS, delayMs));
  ringsAtMs = Date.now() + boundedMs;
  timer = setTimeout(ring, boundedMs);
}

/** One timer for all who watch, set for the first of them whose words change. */
function watch(look: () => number): () => void {
  watchers.add(look);
  if (watchers.size === 1) document.addEventListener('visibilitychange', ring);
  const delayMs = look();
  if (Date.now() + delayMs < ringsAtMs) ringIn(delayMs);
  return () => {
    watchers.delete(look);
    if (watchers.size > 0) return;
    document.removeEventListener('visibilitychange', ring);
    ringIn(Number.POSITIVE_INFINITY);
  };
}

/** Words that change with the time: only who shows them is drawn again, and only when they are others. */
export function useStep(read: (nowMs: number) => Step, on: unknown): string {
  const [, redraw] = useState(() => read(Date.now()).words);
  useEffect(
    () =>
      watch(() => {
        const { words, lastsMs } = read(Date.now());
        redraw(words);
        return lastsMs;
      }),
    [on],
  );
  return read(Date.now()).words;
}
