import type { JoinState } from '@sotto/client';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { common, waiting as words } from '../words.ts';
import { DoorScreen } from './DoorScreen.tsx';

type WaitingState = Extract<JoinState, { step: 'waiting' }>;

/** Between the knock and the answer: the words to compare, and nothing to do. */
export function Waiting(props: {
  join: WaitingState;
  host: string;
  link: string | undefined;
  onLeave: () => void;
}) {
  const { join, host } = props;
  const asked = !join.delivered ? 'asking' : join.hostOnline ? 'told' : 'away';
  const state = join.entering ?? asked;
  const title = {
    fetching: words.entering,
    failed: words.entering,
    asking: words.asking,
    told: words.told(host),
    away: words.away(host),
  }[state];
  const lead = {
    fetching: words.enteringLead,
    failed: words.enteringFailed,
    asking: words.askingLead,
    told: words.lead(host),
    away: words.awayLead,
  }[state];
  return (
    <DoorScreen title={title} lead={<p class="muted door-lead">{lead}</p>} centred>
      {join.safetyWords.length > 0 && (
        <ul class="card words" aria-label={words.words}>
          {join.safetyWords.map((word, i) => (
            <li key={`${i} ${word}`}>{word}</li>
          ))}
        </ul>
      )}
      <p class="row small muted waiting-line" role="status">
        <span class="dot plum breathing" />
        {join.entering === undefined ? words.line(host) : words.enteringLine}
      </p>
      <div class="row wrap waiting-actions">
        {props.link !== undefined && <CopyButton class="quiet" label={common.copyLink} text={props.link} />}
        <button type="button" class="button quiet" onClick={props.onLeave}>
          {words.leave}
        </button>
      </div>
    </DoorScreen>
  );
}
