import { useState } from 'preact/hooks';
import { Brand } from '../shapes/Brand.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { about, common, security, settings, start as words } from '../words.ts';

type Page = keyof typeof about;

/** The first thing a host sees: one large button. */
export function Start(props: {
  mayHost: boolean;
  starting: boolean;
  onStart: () => void;
  /** Undefined where there is no lock to close. */
  onLock: (() => void) | undefined;
  onSettings: () => void;
}) {
  const [page, setPage] = useState<Page | undefined>(undefined);
  return (
    <div class="start">
      <header class="row">
        <span class="grow">
          <Brand />
        </span>
        {props.onLock !== undefined && (
          <button
            type="button"
            class="icon-button"
            aria-label={security.lockNow}
            title={security.lockNow}
            onClick={props.onLock}
          >
            <Icon name="lock" />
          </button>
        )}
        <button
          type="button"
          class="icon-button"
          aria-label={settings.title}
          title={settings.title}
          onClick={props.onSettings}
        >
          <Icon name="settings" />
        </button>
      </header>
      <main>
        <h1>{words.title}</h1>
        <p class="start-lead muted">{words.lead}</p>
        {props.mayHost ? (
          <button
            type="button"
            class="button primary large"
            disabled={props.starting}
            aria-busy={props.starting}
            onClick={props.onStart}
          >
            {words.action}
          </button>
        ) : (
          <p class="notice warn">{words.cannotHost}</p>
        )}
        <p class="small muted">{props.starting ? words.starting : words.promise}</p>
      </main>
      <footer class="small muted">
        <span class="row">
          <span class="dot" />
          {words.running} · {location.host}
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
