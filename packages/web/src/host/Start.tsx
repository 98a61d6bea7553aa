import type { Registration } from '@sotto/client';
import { useState } from 'preact/hooks';
import { Brand } from '../shapes/Brand.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { common, rooms } from '../words.ts';
import { HeadButtons } from './HeadButtons.tsx';
import { about, startAccount, start as words } from './startWords.ts';

type Page = keyof typeof about;

/** The first thing a host sees: one large button. */
export function Start(props: {
  mayHost: boolean;
  starting: boolean;
  onStart: () => void;
  /** Whose account this device has. */
  handle: string | undefined;
  /** Whose account it had, before it was deleted. */
  deleted: string | undefined;
  /** Whether accounts can be had here; undefined where there is none to offer, or one is there. */
  registration: Registration | undefined;
  /** Begins a conversation with people who have an account. */
  onNew: (() => void) | undefined;
  onCreateAccount: () => void;
  onSignIn: () => void;
  /** Undefined where there is no lock to close. */
  onLock: (() => void) | undefined;
  onSettings: () => void;
}) {
  const { onNew } = props;
  const [page, setPage] = useState<Page | undefined>(undefined);
  const promise = onNew === undefined ? words.promise : props.mayHost ? startAccount.byLink : '';
  return (
    <div class="start">
      <header class="row">
        <span class="grow">
          <Brand />
        </span>
        {props.registration !== undefined && (
          <button type="button" class="button quiet" onClick={props.onSignIn}>
            {startAccount.signIn}
          </button>
        )}
        {props.handle !== undefined && (
          <span class="small muted one-line start-handle" dir="ltr">
            @{props.handle}
          </span>
        )}
        <HeadButtons onLock={props.onLock} onSettings={props.onSettings} />
      </header>
      <main>
        <h1>{words.title}</h1>
        <p class="start-lead muted">{onNew !== undefined ? startAccount.withAccount : words.lead}</p>
        {onNew !== undefined && (
          <button type="button" class="button primary large" onClick={onNew}>
            {rooms.start}
          </button>
        )}
        {props.mayHost && (
          <button
            type="button"
            class={onNew === undefined ? 'button primary large' : 'button'}
            disabled={props.starting}
            aria-busy={props.starting}
            onClick={props.onStart}
          >
            {words.action}
          </button>
        )}
        {props.deleted !== undefined && <p class="notice">{startAccount.deleted(props.deleted)}</p>}
        {!props.mayHost && onNew === undefined && <p class="notice warn">{words.cannotHost}</p>}
        <p class="small muted">{props.starting ? words.starting : promise}</p>
        {props.registration !== undefined && props.registration !== 'closed' && (
          <p class="small muted start-account">
            {startAccount.lead}{' '}
            <button type="button" class="text-button" onClick={props.onCreateAccount}>
              {startAccount.create}
            </button>
          </p>
        )}
      </main>
      <footer class="small muted">
        <span class="row">
          <span class="dot" />
          {props.mayHost ? words.running : startAccount.served} · {location.host}
        </span>
        <span class="row">
          <button type="button" class="text-button plain" onClick={() => setPage('protects')}>
            {about.protects.title}
          </button>
          ·
          <button type="button" class="text-button plain" onClick={() => setPage('limits')}>
            {about.limits.title}
          </button>
        </span>
      </footer>
      {page !== undefined && (
        <Dialog title={about[page].title} onClose={() => setPage(undefined)}>
          <dl class="points">
            {about[page].points.map(([title, text]) => (
              <div key={title}>
                <dt>{title}</dt>
                <dd class="muted">{text}</dd>
              </div>
            ))}
          </dl>
          <div class="dialog-actions">
            <button type="button" class="button" onClick={() => setPage(undefined)}>
              {common.close}
            </button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
