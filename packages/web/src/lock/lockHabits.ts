import type { LockState } from '@sotto/client';
import { useEffect } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import { attempt } from '../toast.tsx';

/** How often an engine is told that somebody is there. */
const TELL_EVERY_MS = 20_000;
const ACTIVITY = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove'] as const;

/** While this stands: activity on the page puts off the lock, and Ctrl+Shift+L (⌘⇧L) locks at once. */
export function useLockHabits(view: EngineView, lock: LockState | undefined): void {
  const locksByItself = lock?.lockAfterMs !== undefined;
  useEffect(() => {
    if (!locksByItself) return;
    let toldAtMs = Number.NEGATIVE_INFINITY;
    const tell = (): void => {
      const nowMs = Date.now();
      if (Math.abs(nowMs - toldAtMs) < TELL_EVERY_MS) return;
      toldAtMs = nowMs;
      view.port.stayUnlocked().catch(() => undefined);
    };
    const options = { capture: true, passive: true };
    for (const type of ACTIVITY) window.addEventListener(type, tell, options);
    return () => {
      for (const type of ACTIVITY) window.removeEventListener(type, tell, options);
    };
  }, [view, locksByItself]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const wanted = (event.ctrlKey || event.metaKey) && event.shiftKey && !event.altKey;
      if (!wanted || event.key.toLowerCase() !== 'l') return;
      event.preventDefault();
      void attempt(view.port.lock());
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [view]);
}

/** Whether there is a lock that could be closed. */
export function canLock(lock: LockState | undefined): boolean {
  return lock !== undefined && lock.locks.length > 0;
}
