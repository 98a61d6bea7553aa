import type { NewSource, SourceView } from '@sotto/client';
import { useState } from 'preact/hooks';
import type { SealedPort } from '../engineOffers.ts';
import { Confirm } from '../people/Confirm.tsx';
import { useLoaded } from '../shapes/loaded.ts';
import { attempt } from '../toast.tsx';
import { shortDate } from '../when.ts';
import { SourceDialog } from './SourceDialog.tsx';
import { sealedTrouble, alerts as words } from './sealedWords.ts';

/** With the programs to copy, which few need. */
const loadToken = () => import('./TokenDialog.tsx');

type Open =
  | { readonly what: 'new' }
  | { readonly what: 'change' | 'revoke'; readonly source: SourceView }
  | { readonly what: 'token'; readonly name: string; readonly made: NewSource }
  | undefined;

/** Programs that may post, and what can be done about each. */
export function SourcesSection(props: {
  port: SealedPort;
  sources: readonly SourceView[];
  handle: string;
  origin: string;
}) {
  const { port, sources } = props;
  const [open, setOpen] = useState<Open>(undefined);
  const close = (): void => setOpen(undefined);
  const token = useLoaded(open?.what === 'new' || open?.what === 'change', loadToken, () => undefined);
  const shows = (name: string, made: NewSource): void => setOpen({ what: 'token', name, made });
  return (
    <section class="stack tight ruled" aria-label={words.title}>
      <h3 class="label">{words.title}</h3>
      <p class="small muted">{words.lead}</p>
      {sources.length > 0 && (
        <ul class="locks sources">
          {sources.map(source => (
            <SourceRow
              key={source.sourceId}
              source={source}
              onMute={() =>
                attempt(port.changeSource(source.sourceId, { muted: !source.muted }), sealedTrouble)
              }
              onChange={() => setOpen({ what: 'change', source })}
              onRevoke={() => setOpen({ what: 'revoke', source })}
            />
          ))}
        </ul>
      )}
      <div>
        <button type="button" class="button slim" onClick={() => setOpen({ what: 'new' })}>
          {words.make}
        </button>
      </div>
      {open?.what === 'new' && (
        <SourceDialog port={port} source={undefined} onToken={shows} onClose={close} />
      )}
      {open?.what === 'change' && (
        <SourceDialog port={port} source={open.source} onToken={shows} onClose={close} />
      )}
      {open?.what === 'revoke' && (
        <Confirm
          title={words.revokeTitle(nameOf(open.source))}
          action={words.revoke}
          danger
          trouble={sealedTrouble}
          work={() => port.revokeSource(open.source.sourceId)}
          onClose={close}
        >
          <p>{words.revokeText}</p>
        </Confirm>
      )}
      {open?.what === 'token' && token !== undefined && (
        <token.TokenDialog
          name={open.name}
          made={open.made}
          handle={props.handle}
          origin={props.origin}
          onClose={close}
        />
      )}
    </section>
  );
}

const nameOf = (source: SourceView): string => source.name || words.unnamed;

function SourceRow(props: {
  source: SourceView;
  onMute: () => void;
  onChange: () => void;
  onRevoke: () => void;
}) {
  const { source } = props;
  const name = nameOf(source);
  const facts = [words.limit(source.perHour), words.since(shortDate(source.createdAtMs))];
  return (
    <li class="row wrap">
      <span class="grow">
        <span class="row wrap">
          <bdi class="strong">{name}</bdi>
          {source.muted && <span class="mark">{words.muted}</span>}
        </span>
        <span class="small muted">{facts.join(' · ')}</span>
      </span>
      <span class="row wrap">
        <button
          type="button"
          class="button slim"
          aria-label={source.muted ? words.unmuteWho(name) : words.muteWho(name)}
          onClick={props.onMute}
        >
          {source.muted ? words.unmute : words.mute}
        </button>
        <button type="button" class="button slim" aria-label={words.changeWho(name)} onClick={props.onChange}>
          {words.change}
        </button>
        <button
          type="button"
          class="button slim danger"
          aria-label={words.revokeWho(name)}
          onClick={props.onRevoke}
        >
          {words.revoke}
        </button>
      </span>
    </li>
  );
}
