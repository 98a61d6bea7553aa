import type { RoomId } from '@sotto/client';
import { useCallback, useEffect, useState } from 'preact/hooks';

export interface Place {
  readonly roomId: RoomId | undefined;
  /** Opens a room; with `step`, as a step that Back takes back (a phone shows the list or a room). */
  readonly open: (roomId: RoomId, step: boolean) => void;
  /** Goes back to the list. */
  readonly leave: () => void;
}

interface PlaceState {
  readonly sottoRoom?: unknown;
  readonly sottoStep?: unknown;
}

/**
 * Which room is open, in the browser's history: Back leaves a room on a phone, and a reload comes back
 * to it. Only an id that means nothing elsewhere, never a name or a link, and nothing in the address.
 */
export function usePlace(): Place {
  const [roomId, setRoomId] = useState(readRoomId);
  useEffect(() => {
    const follow = (): void => setRoomId(readRoomId());
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }, []);
  const open = useCallback((next: RoomId, step: boolean) => {
    const state = { sottoRoom: next, sottoStep: step };
    if (step && readRoomId() === undefined) history.pushState(state, '');
    else history.replaceState({ ...state, sottoStep: readState().sottoStep }, '');
    setRoomId(next);
  }, []);
  const leave = useCallback(() => {
    if (readState().sottoStep === true) history.back();
    else {
      history.replaceState({}, '');
      setRoomId(undefined);
    }
  }, []);
  return { roomId, open, leave };
}

function readState(): PlaceState {
  return Object(history.state) as PlaceState;
}

function readRoomId(): RoomId | undefined {
  const { sottoRoom } = readState();
  return typeof sottoRoom === 'string' ? (sottoRoom as RoomId) : undefined;
}
