import type { EngineState, RoomId, RoomView, SealedRoomView, TimelineItem } from '@sotto/client';
import type { SealedAddress, SealedDoorCode } from '@sotto/client/sealed-door';
import type { ComponentChildren } from 'preact';
import { SealedPage, SealedRefused } from '../src/sealedPage/SealedPage.tsx';
import type { SealedServices } from '../src/sealedPage/services.ts';
import { SEALED } from './fakeSealed.ts';
import * as f from './fixtures.ts';

type Hosted = (
  state: EngineState,
  timelines?: readonly (readonly [RoomId, readonly TimelineItem[]])[],
) => ComponentChildren;

interface SealedOptions {
  readonly never?: boolean;
  readonly refused?: SealedDoorCode;
  readonly notSent?: SealedDoorCode;
  readonly handle?: string;
  readonly vouched?: boolean;
}

const refusal = (code: SealedDoorCode): Error =>
  Object.assign(new Error(code), { name: 'SealedDoorError', code, retryAfterMs: 240_000 });

function servicesOf({ never, refused, notSent }: SealedOptions): SealedServices {
  return {
    async lookUp(handle) {
      if (never) await new Promise(() => undefined);
      if (refused !== undefined) throw refusal(refused);
      const fingerprint = ['30035', '44776', '92869', '39689', '28698', '76765'];
      return { handle, fingerprint, keys: {} as SealedAddress['keys'] };
    },
    async seal(_address, { text }) {
      const jwe = `eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIn0.${btoa(text.replace(/\W/g, '')).repeat(12)}`;
      return { id: '5kQzW8nTfE2hYc7RbVxA3p', sentAtMs: Date.now(), jwe };
    },
    async post() {
      if (notSent !== undefined) throw refusal(notSent);
    },
  };
}

function page(options: SealedOptions = {}) {
  return (
    <SealedPage
      handle={options.handle ?? 'mara'}
      expected={options.vouched ? '300354477692869396892869876765' : ''}
      host="chat.example.org"
      services={servicesOf(options)}
    />
  );
}

const strangers = f.member('Guest', { name: 'A neighbour', guest: true });
const backups = f.member('Backups', { name: 'Backups of the boat club' });
const room = (title: string, sealed: SealedRoomView, more: Partial<RoomView> = {}): RoomView =>
  f.room(`Sealed${sealed.kind}`, { title, members: [], membership: 'left', sealed, ...more });
const left = room(
  '',
  { kind: 'strangers' },
  {
    unread: 1,
    request: { fromName: '' },
    preview: { text: 'The safe in the cellar stood open.', own: false, atMs: f.at(14, 2) },
  },
);
const alerts = room(
  'Backups of the boat club',
  { kind: 'source', sourceId: 'src_1' as never },
  {
    preview: { text: 'Disk 91 % full', own: false, atMs: f.at(14, 6) },
  },
);
const signed = room('@noor', { kind: 'person', accountId: 'acc_Noor' as never });

/** The page of a handle in each of its states, and what its owner sees. */
export const sealedScenes = (hosted: Hosted): Readonly<Record<string, () => ComponentChildren>> => ({
  'sealed-none': () => hosted(f.withAccount([f.lake], { sealed: { sources: [] } })),
  'sealed-make': () => hosted(f.withAccount([f.lake], { sealed: { sources: [] } })),
  'sealed-keys': () => hosted(f.withAccount([f.lake], { sealed: SEALED })),
  'sealed-alerts': () => hosted(f.withAccount([f.lake], { sealed: SEALED })),
  'sealed-source': () => hosted(f.withAccount([f.lake], { sealed: SEALED })),
  'sealed-token': () => hosted(f.withAccount([f.lake], { sealed: SEALED })),
  'sealed-room': () =>
    hosted(f.withAccount([left, alerts, signed, f.lake], { sealed: SEALED }), [
      [
        left.roomId,
        [
          f.message(strangers, f.at(14, 2), 'The safe in the cellar stood open.'),
          { ...f.gap(f.at(14, 3), 'undecryptable', 2), reason: 'algorithm' } as TimelineItem,
        ],
      ],
    ]),
  'sealed-room-details': () => hosted(f.withAccount([left, alerts, signed, f.lake], { sealed: SEALED })),
  'sealed-room-closed-details': () => hosted(f.withAccount([left, f.lake], { sealed: { sources: [] } })),
  'sealed-room-alerts-details': () => hosted(f.withAccount([alerts, left, f.lake], { sealed: SEALED })),
  'sealed-room-revoked-details': () =>
    hosted(f.withAccount([alerts, f.lake], { sealed: { ...SEALED, sources: [] } })),
  'sealed-room-person-details': () => hosted(f.withAccount([signed, left, f.lake], { sealed: SEALED })),
  'sealed-room-alerts': () =>
    hosted(f.withAccount([alerts, left, signed, f.lake], { sealed: SEALED }), [
      [alerts.roomId, [f.message(backups, f.at(14, 6), 'Disk 91 % full')]],
    ]),
  'sealed-choice': () => hosted(f.withAccount([f.lake], { sealed: SEALED })),
  'sealed-page': () => page(),
  'sealed-page-looking': () => page({ never: true }),
  'sealed-page-vouched': () => page({ vouched: true }),
  'sealed-page-long': () => page({ handle: 'a-very-long-handle-of-thirty-two' }),
  'sealed-page-too-long': () => page(),
  'sealed-page-files': () => page(),
  'sealed-page-sent': () => page(),
  'sealed-page-offline': () => page({ notSent: 'NO_NETWORK' }),
  'sealed-page-limited': () => page({ notSent: 'RATE_LIMITED' }),
  'sealed-page-changed': () => page({ notSent: 'OTHER_ACCOUNT' }),
  'sealed-page-nobody': () => page({ refused: 'NOT_HERE' }),
  'sealed-page-forged': () => page({ refused: 'NOT_GENUINE' }),
  'sealed-page-other-account': () => page({ refused: 'OTHER_ACCOUNT', vouched: true }),
  'sealed-page-asked-too-often': () => page({ refused: 'RATE_LIMITED' }),
  'sealed-page-no-network': () => page({ refused: 'NO_NETWORK' }),
  'sealed-page-no-crypto': () => <SealedRefused code="NO_CRYPTO" retryAtMs={0} onAgain={() => undefined} />,
});
