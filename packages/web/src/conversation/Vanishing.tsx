import type { RoomView } from '@sotto/client';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import { useStep } from '../now.ts';
import { Icon } from '../shapes/Icon.tsx';
import { Select } from '../shapes/Select.tsx';
import { attempt } from '../toast.tsx';
import { vanishing } from '../words.ts';
import type { MessageItem } from './MessageRow.tsx';
import { timeLeft } from './timeLeft.ts';

/** 30 seconds, 5 minutes, 1 and 8 hours, 1 day, 1 and 4 weeks. */
const CHOICES_S = [30, 300, 3_600, 28_800, 86_400, 604_800, 2_419_200];
/** Arrow keys go through the choices one by one; only where they come to rest is everyone told. */
const RESTS_AFTER_MS = 700;
const MINUTE_MS = 60_000;

/** Whether and how soon what is written in this room disappears: chosen by anyone in it, for everyone. */
export function TimerChoice({ view, room }: { view: EngineView; room: RoomView }) {
  const hint = useId();
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const rests = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const unsaid = useRef<number | undefined>(undefined);
  const current = room.timerS ?? 0;
  const options = useMemo(() => {
    // Another version may offer other times.
    const seconds = [...new Set([...CHOICES_S, ...(current === 0 ? [] : [current])])].sort((a, b) => a - b);
    return [[0, vanishing.off], ...seconds.map(each => [each, vanishing.lasting(each)] as const)] as const;
  }, [current]);

  async function say(): Promise<void> {
    clearTimeout(rests.current);
    const seconds = unsaid.current;
    unsaid.current = undefined;
    if (seconds === undefined) return;
    const taken = await attempt(view.port.setTimer(room.roomId, seconds === 0 ? undefined : seconds));
    if (!taken) showRoom();
  }

  /** What holds is what the room says, unless another was chosen meanwhile. */
  function showRoom(): void {
    if (unsaid.current === undefined) setChosen(undefined);
  }

  const latest = useRef(say);
  latest.current = say;
  useEffect(showRoom, [room.timerS]);
  useEffect(() => () => void latest.current(), [room.roomId]);

  return (
    <section class="stack tight" onFocusOut={() => void say()}>
      <Select
        label={vanishing.label}
        value={chosen ?? current}
        options={options}
        describedBy={hint}
        onChange={seconds => {
          setChosen(seconds);
          unsaid.current = seconds;
          clearTimeout(rests.current);
          rests.current = setTimeout(() => void latest.current(), RESTS_AFTER_MS);
        }}
      />
      <p class="small muted" id={hint}>
        {vanishing.hint}
      </p>
    </section>
  );
}

/** Stands where one writes, while what one writes will disappear. */
export function TimerSign({ seconds }: { seconds: number }) {
  return (
    <p class="timer-sign small muted" title={vanishing.sign(seconds)}>
      <Icon name="timer" tiny />
      <span aria-hidden="true">{vanishing.lasting(seconds)}</span>
      <span class="hidden-text">{vanishing.sign(seconds)}</span>
    </p>
  );
}

/** Whether a message will go by itself: one that failed waits for its writer. */
export function vanishes(item: MessageItem): boolean {
  return item.disappearAfterS !== undefined && item.deleted !== true && item.send?.state !== 'failed';
}

/** How long a message is still here, in a sentence or in short. Draws itself when that changes, and nothing else. */
export function TimeLeft({ item, short = false }: { item: MessageItem; short?: boolean }) {
  const { goneAtMs, disappearAfterS = 0 } = item;
  const words = useStep(nowMs => {
    if (goneAtMs === undefined) {
      const after = item.author.self ? vanishing.afterSent : vanishing.afterRead;
      return { words: (short ? vanishing.lasting : after)(disappearAfterS), lastsMs: MINUTE_MS };
    }
    const { seconds, lastsMs } = timeLeft(goneAtMs, nowMs);
    return { words: (short ? vanishing.leftShort : vanishing.left)(seconds), lastsMs };
  }, goneAtMs);
  return <>{words}</>;
}
