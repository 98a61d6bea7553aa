import { history as words } from './historyWords.ts';
import type { Task } from './useTask.ts';

/** How far it is, and the way to stop it. */
export function TaskProgress({ task, says }: { task: Task; says: string }) {
  const { done, total } = task.progress ?? { done: 0, total: 0 };
  return (
    <>
      <p role="status">{says}</p>
      <progress
        class="progress"
        aria-label={words.progress}
        {...(total > 0 && { max: total, value: Math.min(done, total) })}
      />
      <div class="dialog-actions">
        <button type="button" class="button quiet" onClick={task.cancel}>
          {words.stop}
        </button>
      </div>
    </>
  );
}
