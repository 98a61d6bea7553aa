import type { AccountView } from '@sotto/client';
import { useState } from 'preact/hooks';
import {
  type AccountsPort,
  offersAccounts,
  offersPasskeys,
  offersPeople,
  offersSealed,
} from '../engineOffers.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { ContactsSection } from '../people/ContactsSection.tsx';
import { PrivacySection } from '../people/PrivacySection.tsx';
import { SealedSection } from '../sealed/SealedSection.tsx';
import {
  ChangePasswordDialog,
  DeleteAccountDialog,
  NewCodeDialog,
  SignOutDialog,
} from './accountDialogs.tsx';
import { account as words } from './accountWords.ts';
import { CreateAccountDialog } from './CreateAccount.tsx';
import { DevicesSection } from './DevicesSection.tsx';
import { PasskeysSection } from './PasskeysSection.tsx';
import { SignInDialog } from './SignIn.tsx';
import '../styles/account.css';

type Open = 'create' | 'sign-in' | 'password' | 'code' | 'sign-out' | 'delete' | undefined;

/** The account of this device in the settings, with its devices and what it tells others; or the way to have one. */
export function AccountSection({
  view,
  origin,
  guest = false,
}: {
  view: EngineView;
  /** By which others reach this relay. */
  origin: string;
  guest?: boolean;
}) {
  const { port } = view;
  const state = useEngineState(view);
  const [open, setOpen] = useState<Open>(undefined);
  const close = (): void => setOpen(undefined);
  if (state === undefined || !offersAccounts(port)) return null;
  const { account, registration } = state;
  const known = account !== undefined || registration !== undefined;
  return (
    <>
      {known && (
        <section class="stack tight ruled" aria-label={words.title}>
          <h3 class="label">{words.title}</h3>
          {account === undefined ? (
            <>
              <p class="small muted">{registration === 'closed' ? words.noneClosed : words.none}</p>
              <div class="row wrap">
                {registration !== 'closed' && (
                  <button type="button" class="button slim" onClick={() => setOpen('create')}>
                    {words.create}
                  </button>
                )}
                <button type="button" class="button slim" onClick={() => setOpen('sign-in')}>
                  {words.signIn}
                </button>
              </div>
            </>
          ) : (
            <>
              <p dir="ltr">{words.has(account.handle)}</p>
              <div class="row wrap">
                <button type="button" class="button slim" onClick={() => setOpen('password')}>
                  {words.changePassword}
                </button>
                <button type="button" class="button slim" onClick={() => setOpen('code')}>
                  {words.newCode}
                </button>
                <button type="button" class="button slim" onClick={() => setOpen('sign-out')}>
                  {words.signOut}
                </button>
                <button type="button" class="button slim danger" onClick={() => setOpen('delete')}>
                  {words.delete}
                </button>
              </div>
            </>
          )}
        </section>
      )}
      {account !== undefined && offersPasskeys(port) && (
        // A new password may have taken them along.
        <PasskeysSection key={open === 'password'} view={view} port={port} handle={account.handle} />
      )}
      {account !== undefined && <DevicesSection view={view} port={port} account={account} />}
      {state.privacy !== undefined && offersPeople(port) && (
        <PrivacySection port={port} privacy={state.privacy} />
      )}
      {state.people !== undefined && offersPeople(port) && (
        <ContactsSection port={port} people={state.people} />
      )}
      {account !== undefined && state.sealed !== undefined && offersSealed(port) && (
        <SealedSection port={port} sealed={state.sealed} handle={account.handle} origin={origin} />
      )}
      {open !== undefined && (
        <Opened view={view} port={port} open={open} account={account} guest={guest} onClose={close} />
      )}
    </>
  );
}

function Opened(props: {
  view: EngineView;
  port: AccountsPort;
  open: NonNullable<Open>;
  account: AccountView | undefined;
  guest: boolean;
  onClose: () => void;
}) {
  const { view, port, onClose } = props;
  switch (props.open) {
    case 'create':
      return <CreateAccountDialog view={view} port={port} onDone={onClose} onCancel={onClose} />;
    case 'sign-in':
      return <SignInDialog view={view} port={port} onDone={onClose} onCancel={onClose} />;
    case 'password':
      return <ChangePasswordDialog port={port} onClose={onClose} />;
    case 'code':
      return <NewCodeDialog port={port} onClose={onClose} />;
    case 'sign-out':
      return <SignOutDialog port={port} account={props.account} guest={props.guest} onClose={onClose} />;
    case 'delete':
      return <DeleteAccountDialog port={port} onClose={onClose} />;
  }
}
