import type { EngineEvent } from '@sotto/client';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';

export type Progress = Pick<Extract<EngineEvent, { type: 'progress' }>, 'done' | 'total'>;

/** Something that takes long: it can be watched and stopped, and is stopped when its dialog goes. */
export interface Task {
  /** Undefined while nothing runs. */
  readonly progress: Progress | undefined;
  run<T>(work: (taskId: string) => Promise<T>): Promise<T>;
  cancel(): void;
}

export function useTask(view: EngineView): Task {
  const [progress, setProgress] = useState<Progress | undefined>(undefined);
  const running = useRef<string | undefined>(undefined);
  const cancel = (): void => {
    if (running.current !== undefined) void view.port.cancelTask(running.current).catch(() => undefined);
  };
  useEffect(() => {
    const stop = view.port.subscribe(event => {
      if (event.type === 'progress' && event.taskId === running.current)
        setProgress({ done: event.done, total: event.total });
    });
    return () => {
      stop();
      cancel();
    };
  }, [view]);
  return {
    progress,
    cancel,
    async run(work) {
      const taskId = crypto.randomUUID();
      running.current = taskId;
      setProgress({ done: 0, total: 0 });
      try {
        return await work(taskId);
      } finally {
        if (running.current === taskId) running.current = undefined;
        setProgress(undefined);
      }
    },
  };
}
