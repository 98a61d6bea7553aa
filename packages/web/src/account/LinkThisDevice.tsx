import { useEffect, useState } from 'preact/hooks';
import type { AccountsPort } from '../engineOffers.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { QrCode } from '../shapes/QrCode.tsx';
import { attempt, toast } from '../toast.tsx';
import { clockTime } from '../when.ts';
import { common } from '../words.ts';
import { account, accountTrouble, devices as words } from './accountWords.ts';
import { deviceName } from './deviceName.ts';

/** The new device's side of being added: its code, the words that the other one shows too, and whose account it gets. */
export function LinkThisDevice(props: {
  view: EngineView;
  port: AccountsPort;
  onDone: () => void;
  onBack: () => void;
}) {
  const { view, port, onDone, onBack } = props;
  const state = useEngineState(view);
  const linking = state?.linking;
  const [busy, setBusy] = useState(false);
  const done = state?.account !== undefined;

  function begin(): void {
    port.beginLink(deviceName(navigator.userAgent)).catch(error => {
      toast(accountTrouble(error));
      onBack();
    });
  }
  useEffect(() => {
    begin();
    return () => {
      port.cancelLink().catch(() => undefined);
    };
  }, []);
  useEffect(() => {
    if (done) onDone();
  }, [done]);

  async function confirm(): Promise<void> {
    setBusy(true);
    if (!(await attempt(port.confirmLink(), accountTrouble))) setBusy(false);
  }

  if (linking === undefined || done)
    return (
      <p class="muted" role="status">
        {words.linkMaking}
      </p>
    );
  if (linking.step === 'confirm')
    return (
      <div class="stack">
        <h3>{words.confirmTitle(linking.handle)}</h3>
        <p>{words.confirmText}</p>
        <div class="dialog-actions">
          <button type="button" class="button quiet" disabled={busy} onClick={onBack}>
            {common.cancel}
          </button>
          <button type="button" class="button primary" aria-busy={busy} disabled={busy} onClick={confirm}>
            {words.confirm}
          </button>
        </div>
        <p class="hidden-text" role="status">
          {busy && account.signingIn}
        </p>
      </div>
    );
  if (linking.step === 'failed')
    return (
      <div class="stack">
        <p class={linking.reason === 'wrong-answer' ? 'notice bad' : ''} role="alert">
          {words.linkFailed[linking.reason]}
        </p>
        <div class="dialog-actions">
          <button type="button" class="button quiet" onClick={onBack}>
            {common.back}
          </button>
          <button type="button" class="button primary" onClick={begin}>
            {words.linkAgain}
          </button>
        </div>
      </div>
    );
  return (
    <div class="stack">
      <p class="muted">{words.linkLead}</p>
      <div class="link-code">
        <QrCode text={linking.code} label={words.linkQr} />
        <div class="stack tight">
          <p class="small muted">{words.linkTyped}</p>
          <p class="device-code">{linking.typed}</p>
          <p class="small muted">{words.linkEnds(clockTime(linking.expiresAtMs))}</p>
          <div>
            <CopyButton class="slim" label={words.linkCopy} text={linking.typed} />
          </div>
        </div>
      </div>
      <div class="stack tight">
        <ul class="words" aria-label={words.words}>
          {linking.words.map(word => (
            <li key={word}>{word}</li>
          ))}
        </ul>
        <p class="small muted">{words.linkWords}</p>
      </div>
      <div class="dialog-actions">
        <button type="button" class="button quiet" onClick={onBack}>
          {common.back}
        </button>
      </div>
    </div>
  );
}
