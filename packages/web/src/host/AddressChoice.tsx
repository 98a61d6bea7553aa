import { useId } from 'preact/hooks';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { Select } from '../shapes/Select.tsx';
import { browserWarns, type HostAddress, PLACES, type Place } from './hostAddresses.ts';
import { invite as words } from './inviteWords.ts';
import type { Addresses } from './useAddresses.ts';

/** For whom the link works: the address that stands before it, and what to expect of that address. */
export function AddressChoice({ addresses }: { addresses: Addresses }) {
  const { info, chosen, failed } = addresses;
  const id = useId();
  const of = (place: Place): readonly HostAddress[] =>
    info?.addresses.filter(({ kind }) => kind === place) ?? [];
  const alike = chosen === undefined ? [] : of(chosen.kind);
  const missing = info === undefined ? [] : PLACES.filter(place => of(place).length === 0);
  return (
    <div class="field">
      <span id={id} class="label">
        {words.worksFor}
      </span>
      <div class="choice" role="radiogroup" aria-labelledby={id}>
        {PLACES.map(place => {
          const first = of(place).find(address => address.reachable) ?? of(place)[0];
          return (
            <label key={place}>
              <input
                type="radio"
                name={id}
                checked={chosen?.kind === place}
                disabled={first === undefined}
                onChange={() => first !== undefined && addresses.choose(first)}
              />
              {words.places[place]}
            </label>
          );
        })}
      </div>
      {alike.length > 1 && chosen !== undefined && (
        <Select
          label={words.address}
          value={chosen.origin}
          options={alike.map(({ origin }) => [origin, origin] as const)}
          onChange={origin => {
            const found = alike.find(address => address.origin === origin);
            if (found !== undefined) addresses.choose(found);
          }}
        />
      )}
      {failed && info === undefined && <p class="small mistake">{words.addressesFailed}</p>}
      {chosen !== undefined && <AddressHint address={chosen} fingerprint={info?.certificateFingerprint} />}
      {missing.includes('internet') && <p class="small muted">{words.placeMissing.internet}</p>}
      {missing.includes('this-network') && <p class="small muted">{words.placeMissing['this-network']}</p>}
    </div>
  );
}

function AddressHint({ address, fingerprint }: { address: HostAddress; fingerprint: string | undefined }) {
  if (!address.reachable) return <p class="small notice warn">{words.placeUnreachable}</p>;
  if (browserWarns(address)) return <WhatToTell fingerprint={fingerprint} />;
  return (
    <p class="small muted">
      {address.kind === 'this-computer' ? words.thisComputerOnly : words.publicAddress}
    </p>
  );
}

/** The warning that a friend will see, explained before it happens. */
function WhatToTell({ fingerprint }: { fingerprint: string | undefined }) {
  const steps = fingerprint === undefined ? words.tell.slice(0, 2) : words.tell;
  return (
    <details class="folded tell">
      <summary>
        <span class="small muted">
          {words.warning} <u>{words.whatToTell}</u>
        </span>
      </summary>
      <div class="notice tell-text">
        <div class="stack tight">
          {steps.map(step => (
            <p key={step}>{step}</p>
          ))}
          {fingerprint !== undefined && <p class="mono fingerprint">{fingerprint}</p>}
          <CopyButton
            class="slim"
            label={words.copyTell}
            text={[...steps, fingerprint ?? ''].join('\n').trim()}
          />
        </div>
      </div>
    </details>
  );
}
