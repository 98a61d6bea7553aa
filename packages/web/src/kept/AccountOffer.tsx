import type { Registration } from '@sotto/client';
import { render } from 'preact';
import { useState } from 'preact/hooks';
import { Toasts, toast } from '../toast.tsx';
import { trouble } from '../words.ts';

const words = {
  title: 'With an account',
  lead: 'With an account, people find you by a handle, and you use several devices.',
  closed: 'If you have an account here, sign in.',
  create: 'Create account',
  signIn: 'Sign in',
};

/** Draws the offer into the page that guests without a link see. */
export function showAccountOffer(registration: Registration): void {
  const place = document.getElementById('account');
  if (place !== null) render(<AccountOffer registration={registration} />, place);
}

/** The way to an account; all that it needs is loaded when it is taken. */
export function AccountOffer({ registration }: { registration: Registration }) {
  const [busy, setBusy] = useState(false);
  const open = (what: 'create' | 'sign-in') => async () => {
    setBusy(true);
    try {
      const { openElsewhere } = await import('../host/elsewhere.tsx');
      await openElsewhere(what);
    } catch {
      setBusy(false);
      toast(trouble('OFFLINE'));
    }
  };
  return (
    <section class="stack door-account" aria-label={words.title}>
      <p class="muted">{registration === 'closed' ? words.closed : words.lead}</p>
      <div class="row wrap">
        {registration !== 'closed' && (
          <button type="button" class="button primary" disabled={busy} onClick={open('create')}>
            {words.create}
          </button>
        )}
        <button type="button" class="button" disabled={busy} onClick={open('sign-in')}>
          {words.signIn}
        </button>
      </div>
      <Toasts />
    </section>
  );
}
