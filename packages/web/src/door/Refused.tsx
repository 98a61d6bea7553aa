import type { ComponentChildren } from 'preact';
import { common, type DoorFailure, refusal } from '../words.ts';
import { DoorScreen } from './DoorScreen.tsx';

/** Why one cannot come in, in its own sentence, and the one thing to do next. */
export function Refused(props: {
  reason: DoorFailure;
  name: string | undefined;
  onAgain: () => void;
  children?: ComponentChildren;
}) {
  const { title, text, again } = refusal(props.reason, props.name || common.yourHost);
  return (
    <DoorScreen title={title} lead={<p class="muted door-lead">{text}</p>}>
      {again !== undefined && (
        <div>
          <button type="button" class="button primary" onClick={props.onAgain}>
            {again}
          </button>
        </div>
      )}
      {props.children}
    </DoorScreen>
  );
}
