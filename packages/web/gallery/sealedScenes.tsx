import type { SealedAddress, SealedDoorCode } from '@sotto/client/sealed-door';
import { SealedPage, SealedRefused } from '../src/sealedPage/SealedPage.tsx';
import type { SealedServices } from '../src/sealedPage/services.ts';
import type { Scene } from './scenes.tsx';

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

/** The page of a handle, in each of its states. */
export const sealedScenes: Readonly<Record<string, Scene>> = {
  'sealed-page': () => page(),
  'sealed-page-looking': () => page({ never: true }),
  'sealed-page-vouched': () => page({ vouched: true }),
  'sealed-page-long': () => page({ handle: 'a-very-long-handle-of-thirty-two' }),
  'sealed-page-too-long': () => page(),
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
};
