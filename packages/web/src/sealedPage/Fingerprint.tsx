import type { SealedAddress } from '@sotto/client/sealed-door';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { sealedPage as words } from './sealedPageWords.ts';

/** What tells this account from every other, to compare with what its owner gave elsewhere. */
export function Fingerprint({ address, vouched }: { address: SealedAddress; vouched: boolean }) {
  const { fingerprint, handle } = address;
  return (
    <section class="stack tight sealed-key">
      <div class="row">
        <h2 class="label grow">{words.fingerprint}</h2>
        <CopyButton class="slim" label={words.copyFingerprint} text={fingerprint.join(' ')} />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: it is no part of a form */}
      <div class="sealed-digits mono" role="group" aria-label={words.fingerprint} dir="ltr">
        {fingerprint.map((digits, at) => (
          // The same five may stand in it twice.
          <span key={at}>{digits} </span>
        ))}
      </div>
      {vouched ? (
        <p class="small sealed-vouched">
          <Icon name="check" tiny />
          <span>{words.matches}</span>
        </p>
      ) : (
        <p class="small muted">{words.compare(handle)}</p>
      )}
    </section>
  );
}
