import type { PersonView, RoomId, RoomView, SourceView } from '@sotto/client';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { offersPeople, type PeoplePort } from '../engineOffers.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { Avatar } from '../shapes/Avatar.tsx';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { attempt } from '../toast.tsx';
import { shortDate } from '../when.ts';
import { chat, details } from '../words.ts';
import { alerts, sealedTrouble, sealedSettings as settings, writers as words } from './sealedWords.ts';
import '../styles/sealed.css';

const TRUST: Readonly<Record<PersonView['trust'], string>> = {
  verified: chat.shortVerified,
  'verified-by-link': chat.shortByLink,
  changed: details.keysChanged,
  unverified: chat.shortNotYet,
};

/** In the details of a sealed inbox, where nobody is a member: who can write to it, and from where. */
export function SealedWriters(props: {
  view: EngineView;
  sealed: NonNullable<RoomView['sealed']>;
  /** By which others reach this relay. */
  origin: string;
  onOpen: (roomId: RoomId) => void;
}) {
  const { view, sealed } = props;
  const state = useEngineState(view);
  switch (sealed.kind) {
    case 'strangers': {
      const open = state?.sealed?.keys?.strangers === true;
      const handle = state?.account?.handle;
      const address = open && handle !== undefined ? `${props.origin}/@${handle}` : undefined;
      return <Strangers address={address} />;
    }
    case 'source':
      return <Source source={state?.sealed?.sources.find(({ sourceId }) => sourceId === sealed.sourceId)} />;
    case 'person': {
      const person = state?.people?.find(({ accountId }) => accountId === sealed.accountId);
      if (person === undefined || !offersPeople(view.port)) return null;
      return <Signer port={view.port} person={person} onOpen={props.onOpen} />;
    }
    case 'conversation':
      return null;
  }
}

function Writers({ children }: { children: ComponentChildren }) {
  return (
    <section class="stack tight" aria-label={words.title}>
      <h3 class="label">{words.title}</h3>
      {children}
    </section>
  );
}

function Strangers({ address }: { address: string | undefined }) {
  if (address === undefined)
    return (
      <Writers>
        <p>{words.closed}</p>
        <p class="small muted">{words.settings}</p>
      </Writers>
    );
  return (
    <Writers>
      <p>{words.anyone}</p>
      <p class="sealed-address" dir="ltr">
        {address}
      </p>
      <div>
        <CopyButton class="slim" label={settings.copyAddress} text={address} />
      </div>
      <p class="small muted">{words.settings}</p>
    </Writers>
  );
}

function Source({ source }: { source: SourceView | undefined }) {
  if (source === undefined)
    return (
      <Writers>
        <p>{words.revoked}</p>
      </Writers>
    );
  return (
    <Writers>
      <div>
        <div class="row wrap">
          <bdi class="strong">{source.name || alerts.unnamed}</bdi>
          {source.muted && <span class="mark">{alerts.muted}</span>}
        </div>
        <p class="small muted">
          {[alerts.limit(source.perHour), alerts.since(shortDate(source.createdAtMs))].join(' · ')}
        </p>
      </div>
      <p class="small muted">{words.program}</p>
    </Writers>
  );
}

function Signer(props: { port: PeoplePort; person: PersonView; onOpen: (roomId: RoomId) => void }) {
  const { port, person } = props;
  const [busy, setBusy] = useState(false);

  async function write(): Promise<void> {
    setBusy(true);
    const begun = port
      .startDirect({ accountId: person.accountId })
      .then(({ roomId }) => props.onOpen(roomId));
    await attempt(begun, sealedTrouble);
    setBusy(false);
  }

  return (
    <Writers>
      <div class="row">
        <Avatar name={person.name} id={person.accountId} />
        <div class="grow">
          <bdi class="strong">{person.name}</bdi>
          <p class="small muted">
            {[...(person.handle === undefined ? [] : [`@${person.handle}`]), TRUST[person.trust]].join(' · ')}
          </p>
        </div>
      </div>
      <div>
        <button type="button" class="button slim" disabled={busy} aria-busy={busy} onClick={write}>
          {words.write}
        </button>
      </div>
    </Writers>
  );
}
