import type { EngineState } from '@sotto/client';
import { useEffect, useRef } from 'preact/hooks';

/**
 * Has the browser ask before the page goes while a chat is in this tab only and its host cannot be reached: the reload
 * that one would try then fails, and a tab that has shown the browser's own page of failure remembers nothing.
 */
export function useLeavingGuard(state: EngineState | undefined): void {
  const unreached = useRef(false);
  const connection = state?.connection.state;
  // Trying to connect again is not being connected.
  if (connection !== 'connecting') unreached.current = connection === 'offline';
  const wanted = unreached.current && state?.lock.keeps === 'tab' && state.rooms.length > 0;
  useEffect(() => {
    if (!wanted) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [wanted]);
}
