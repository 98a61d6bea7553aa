import type { RoomView } from '@sotto/client';
import { announce } from '../announcer.tsx';
import type { EngineView } from '../engineView.ts';
import { useNow } from '../now.ts';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { attempt } from '../toast.tsx';
import { clockTime, moment } from '../when.ts';
import { details as words } from '../words.ts';
import { invite } from './inviteWords.ts';
import type { Addresses } from './useAddresses.ts';
import { giveAway } from './useInvite.ts';

/** The open links of a room, each with its own stop, and one stop for all. */
export function Links(props: {
  view: EngineView;
  room: RoomView;
  addresses: Addresses;
  onNewLink: () => void;
}) {
  const { view, room } = props;
  const nowMs = useNow();
  const open = room.invites
    .filter(({ status }) => status === 'open')
    .sort((a, b) => b.createdAtMs - a.createdAtMs);
  const origin = props.addresses.chosen?.origin ?? location.origin;

  async function stop(intent: Promise<void>): Promise<void> {
    if (await attempt(intent)) announce(words.stopped);
  }

  return (
    <section class="stack tight">
      <h3 class="label">{words.links}</h3>
      {open.length === 0 && <p class="small muted">{words.noLinks}</p>}
      <ul class="links">
        {open.map(link => (
          <li key={link.token}>
            <p class="small strong">
              {[
                link.maxUses === 1 ? words.forOne : words.forMany(link.maxUses),
                ...(link.password ? [words.withPassword] : []),
                ...(link.approval ? [] : [words.noAsk]),
              ].join(' · ')}
            </p>
            <p class="small muted">
              {invite.ends(moment(link.expiresAtMs, nowMs))} · {invite.used(link.uses, link.maxUses)}
            </p>
            <div class="row wrap">
              <CopyButton
                class="slim"
                label={words.copyThis}
                name={words.copyMadeAt(clockTime(link.createdAtMs))}
                text={origin + link.pathAndFragment}
                onCopied={() => giveAway(link.token)}
              />
              <button
                type="button"
                class="button slim danger"
                onClick={() => stop(view.port.revokeInvite(room.roomId, link.token))}
              >
                {invite.revoke}
              </button>
            </div>
          </li>
        ))}
      </ul>
      <div class="row wrap">
        <button type="button" class="button slim" onClick={props.onNewLink}>
          {words.newLink}
        </button>
        {open.length > 0 && (
          <button
            type="button"
            class="button slim danger"
            onClick={() => stop(view.port.closeDoor(room.roomId))}
          >
            {words.stopNew}
          </button>
        )}
      </div>
    </section>
  );
}
