import type { RoomId, SearchFound } from '@sotto/client';
import { useEffect, useRef } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import type { Timeline } from '../timeline.ts';
import { attempt, toast } from '../toast.tsx';
import { chat } from '../words.ts';

/** A message that somebody wants to see in its place. The same one asked for again is another goal. */
export type LogGoal = Pick<SearchFound, 'roomId' | 'messageId' | 'order'>;

/**
 * Goes to a message once for every goal: at once where the window holds it, else by opening the log around it.
 * `show` is called with its key when it is there to be shown.
 */
export function useGoal(
  view: EngineView,
  roomId: RoomId,
  timeline: Timeline,
  goal: LogGoal | undefined,
  show: (key: string) => void,
): void {
  const pending = useRef<LogGoal | undefined>(undefined);
  const taken = useRef<LogGoal | undefined>(undefined);
  const { items, loaded } = timeline;

  useEffect(() => {
    if (goal === undefined || goal.roomId !== roomId || !loaded) return;
    if (taken.current !== goal) {
      taken.current = goal;
      pending.current = goal;
      if (keyOf(timeline, goal) === undefined)
        void attempt(view.port.openTimeline(roomId, goal.order)).then(() => {
          // It came with the page, or it is not there any more.
          if (pending.current !== goal || keyOf(view.timeline(roomId), goal) !== undefined) return;
          pending.current = undefined;
          toast(chat.foundGone);
        });
    }
    const key = pending.current && keyOf(timeline, pending.current);
    if (key === undefined) return;
    pending.current = undefined;
    show(key);
  }, [goal, items, loaded]);
}

function keyOf({ items }: Timeline, { messageId }: LogGoal): string | undefined {
  return items.find(item => item.kind === 'message' && item.messageId === messageId)?.key;
}
