import type { PrivacyView } from '@sotto/client';
import { privacy as words } from '../account/accountWords.ts';
import type { PeoplePort } from '../engineOffers.ts';
import { attempt } from '../toast.tsx';
import { peopleTrouble } from './peopleWords.ts';

const SWITCHES = ['readReceipts', 'typing', 'presence', 'strict'] as const;

/** What this device tells others, and whom it writes to. */
export function PrivacySection({ port, privacy }: { port: PeoplePort; privacy: PrivacyView }) {
  return (
    <section class="stack tight ruled" aria-label={words.title}>
      <h3 class="label">{words.title}</h3>
      {SWITCHES.map(name => (
        <label key={name} class="check">
          <input
            type="checkbox"
            checked={privacy[name]}
            aria-label={words[name]}
            onChange={event => {
              const box = event.currentTarget;
              // Where it was refused, what holds is what it was.
              void attempt(port.setPrivacy({ [name]: box.checked }), peopleTrouble).then(done => {
                if (!done) box.checked = privacy[name];
              });
            }}
          />
          <span>{words[name]}</span>
          <span class="small muted">{words[`${name}Hint`]}</span>
        </label>
      ))}
    </section>
  );
}
