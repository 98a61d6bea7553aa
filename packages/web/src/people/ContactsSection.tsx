import type { PersonView } from '@sotto/client';
import type { PeoplePort } from '../engineOffers.ts';
import { attempt, toast } from '../toast.tsx';
import { common } from '../words.ts';
import { PersonLine } from './PeoplePicker.tsx';
import { peopleTrouble, person as personWords, contacts as words } from './peopleWords.ts';

/** Whom one has verified and whom one has blocked, and how to take either back. */
export function ContactsSection({ port, people }: { port: PeoplePort; people: readonly PersonView[] }) {
  const verified = people.filter(({ trust, blocked }) => trust === 'verified' && !blocked);
  const blocked = people.filter(person => person.blocked);
  if (verified.length + blocked.length === 0) return null;

  async function forget({ accountId, name }: PersonView): Promise<void> {
    if (await attempt(port.forgetVerification(accountId), peopleTrouble))
      toast(personWords.forgotten(name || common.someone));
  }
  async function unblock({ accountId, name }: PersonView): Promise<void> {
    if (await attempt(port.unblock(accountId), peopleTrouble))
      toast(personWords.unblocked(name || common.someone));
  }

  return (
    <section class="stack tight ruled" aria-label={words.title}>
      <h3 class="label">{words.title}</h3>
      <ul class="locks">
        {[...verified, ...blocked].map(person => {
          const name = person.name || common.someone;
          return (
            <li key={person.accountId} class="row">
              <PersonLine person={person} />
              <button
                type="button"
                class="button slim quiet"
                aria-label={person.blocked ? words.unblockWho(name) : words.forgetWho(name)}
                onClick={() => (person.blocked ? unblock(person) : forget(person))}
              >
                {person.blocked ? personWords.unblock : words.forget}
              </button>
            </li>
          );
        })}
      </ul>
      {verified.length > 0 && <p class="small muted">{words.shared}</p>}
    </section>
  );
}
