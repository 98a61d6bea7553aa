import type { SealedAddress } from '@sotto/client/sealed-door';
import { useEffect, useState } from 'preact/hooks';
import { Announcer } from '../announcer.tsx';
import { DoorScreen } from '../door/DoorScreen.tsx';
import { Toasts } from '../toast.tsx';
import { type Receipt, Sent } from './Sent.tsx';
import { type Refusal, refusedAtDoor, sealedPage as words } from './sealedPageWords.ts';
import { refusalIn, type SealedServices } from './services.ts';
import { Write } from './Write.tsx';

export interface SealedPageProps {
  /** As it stands in the address. */
  readonly handle: string;
  /** The digits of the fingerprint that the address carries; empty when it carries none. */
  readonly expected: string;
  readonly host: string;
  readonly services: SealedServices;
}

type Place =
  | { readonly at: 'looking' }
  | { readonly at: 'refused'; readonly code: Refusal; readonly retryAtMs: number }
  | { readonly at: 'writing'; readonly address: SealedAddress }
  | { readonly at: 'sent'; readonly address: SealedAddress; readonly receipt: Receipt };

/** Anyone leaves a message for somebody here, without an account. */
export function SealedPage(props: SealedPageProps) {
  const { handle, expected, services } = props;
  const [place, setPlace] = useState<Place>({ at: 'looking' });

  async function lookUp(): Promise<void> {
    setPlace({ at: 'looking' });
    try {
      setPlace({ at: 'writing', address: await services.lookUp(handle, expected) });
    } catch (error) {
      setPlace({ at: 'refused', ...refusalIn(error, Date.now()) });
    }
  }

  useEffect(() => void lookUp(), []);
  const cutOff = place.at === 'refused' && place.code === 'NO_NETWORK';
  useEffect(() => {
    if (!cutOff) return;
    const again = (): void => void lookUp();
    window.addEventListener('online', again);
    return () => window.removeEventListener('online', again);
  }, [cutOff]);

  return (
    <>
      <Screen
        {...props}
        place={place}
        onAgain={() => void lookUp()}
        onSent={(address, receipt) => setPlace({ at: 'sent', address, receipt })}
        onAnother={address => setPlace({ at: 'writing', address })}
      />
      <Announcer />
      <Toasts />
    </>
  );
}

function Screen(
  props: SealedPageProps & {
    place: Place;
    onAgain: () => void;
    onSent: (address: SealedAddress, receipt: Receipt) => void;
    onAnother: (address: SealedAddress) => void;
  },
) {
  const { place } = props;
  switch (place.at) {
    case 'looking':
      return (
        <DoorScreen
          key="looking"
          title={words.titleUnknown}
          lead={
            <p class="muted door-lead" role="status">
              {words.looking}
            </p>
          }
        >
          {null}
        </DoorScreen>
      );
    case 'refused':
      return <SealedRefused key="refused" {...place} onAgain={props.onAgain} />;
    case 'writing':
      return (
        <Write
          key="writing"
          address={place.address}
          vouched={props.expected !== ''}
          host={props.host}
          services={props.services}
          onSent={receipt => props.onSent(place.address, receipt)}
        />
      );
    case 'sent':
      return (
        <Sent
          key="sent"
          address={place.address}
          receipt={place.receipt}
          onAnother={() => props.onAnother(place.address)}
        />
      );
  }
}

/** Why nothing can be written, in its own sentence. */
export function SealedRefused(props: { code: Refusal; retryAtMs: number; onAgain: () => void }) {
  const { title, text, again } = refusedAtDoor(props.code, props.retryAtMs);
  return (
    <DoorScreen title={title} lead={<p class="muted door-lead">{text}</p>}>
      {again && (
        <div>
          <button type="button" class="button primary" onClick={props.onAgain}>
            {words.again}
          </button>
        </div>
      )}
    </DoorScreen>
  );
}
