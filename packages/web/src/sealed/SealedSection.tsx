import type { SealedKeysView, SealedView } from '@sotto/client';
import { useState } from 'preact/hooks';
import type { SealedPort } from '../engineOffers.ts';
import { saveFile } from '../history/saveFile.ts';
import { Confirm } from '../people/Confirm.tsx';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { attempt } from '../toast.tsx';
import { pastDay } from '../when.ts';
import { MakeKeysDialog } from './MakeKeysDialog.tsx';
import { SourcesSection } from './SourcesSection.tsx';
import { sealedTrouble, sealedSettings as words } from './sealedWords.ts';
import '../styles/sealed.css';

/** RSA keys of this account, in the settings: where people without one write to, and which programs may. */
export function SealedSection(props: {
  port: SealedPort;
  sealed: SealedView;
  handle: string;
  /** By which others reach this relay. */
  origin: string;
}) {
  const { port, sealed, handle, origin } = props;
  const [making, setMaking] = useState(false);
  return (
    <>
      <section class="stack tight ruled" aria-label={words.title}>
        <h3 class="label">{words.title}</h3>
        {sealed.keys === undefined ? (
          <>
            <p class="small muted">{words.none}</p>
            <div>
              <button type="button" class="button slim" onClick={() => setMaking(true)}>
                {words.make}
              </button>
            </div>
          </>
        ) : (
          <Keys port={port} keys={sealed.keys} address={`${origin}/@${handle}`} handle={handle} />
        )}
        {making && <MakeKeysDialog port={port} onClose={() => setMaking(false)} />}
      </section>
      {sealed.keys !== undefined && (
        <SourcesSection port={port} sources={sealed.sources} handle={handle} origin={origin} />
      )}
    </>
  );
}

function Keys(props: { port: SealedPort; keys: SealedKeysView; address: string; handle: string }) {
  const { port, keys, address, handle } = props;
  const [rotating, setRotating] = useState(false);
  const { fingerprint, encryption } = keys;

  async function save(form: 'jwk' | 'pem'): Promise<void> {
    const asking = port.sealedKeysPem();
    if (!(await attempt(asking, sealedTrouble))) return;
    const { encryption: enc, signature, jwks } = await asking;
    if (form === 'jwk')
      saveFile(new Blob([jwks], { type: 'application/jwk-set+json' }), `${handle}.jwks.json`);
    else saveFile(new Blob([enc, signature], { type: 'application/x-pem-file' }), `${handle}.pem`);
  }

  return (
    <>
      <p class="sealed-address" dir="ltr">
        {address}
      </p>
      <div class="row wrap">
        <CopyButton class="slim" label={words.copyAddress} text={address} />
        <CopyButton class="slim" label={words.copySafer} text={`${address}#${fingerprint.join('')}`} />
      </div>
      <p class="small muted">{words.saferHint}</p>
      {/* biome-ignore lint/a11y/useSemanticElements: it is no part of a form */}
      <div class="sealed-digits mono" role="group" aria-label={words.fingerprint} dir="ltr">
        {fingerprint.map((digits, at) => (
          // The same five may stand in it twice.
          <span key={at}>{digits} </span>
        ))}
      </div>
      <p class="small muted">{words.fingerprintHint}</p>
      <label class="check">
        <input
          type="checkbox"
          checked={keys.strangers}
          aria-label={words.strangers}
          onChange={event => {
            const box = event.currentTarget;
            // Where it was refused, what holds is what it was.
            void attempt(port.allowStrangers(box.checked), sealedTrouble).then(done => {
              if (!done) box.checked = keys.strangers;
            });
          }}
        />
        <span>{words.strangers}</span>
        <span class="small muted">{words.strangersHint}</span>
      </label>
      <p class="small muted">
        {words.facts(encryption.bits, pastDay(encryption.createdAtMs, Date.now()), keys.old)}. {words.lacks}
      </p>
      <div class="row wrap">
        <button type="button" class="button slim" onClick={() => setRotating(true)}>
          {words.rotate}
        </button>
        <button type="button" class="button slim" onClick={() => save('jwk')}>
          {words.saveJwk}
        </button>
        <button type="button" class="button slim" onClick={() => save('pem')}>
          {words.savePem}
        </button>
      </div>
      {rotating && (
        <Confirm
          title={words.rotate}
          action={words.rotate}
          trouble={sealedTrouble}
          work={() => port.rotateSealedKeys()}
          onClose={() => setRotating(false)}
        >
          <p>{words.rotateText}</p>
        </Confirm>
      )}
    </>
  );
}
