import { type ContactTrust, posesAs, trustState } from '@sotto/core';
import type { PersonView, PresenceView } from '../peopleIntents.ts';

/** What a person is drawn from. */
export interface Drawn {
  readonly contact: ContactTrust;
  /** As they call themselves in a room of this device; else as they were met. */
  readonly name: string;
  readonly presence: PresenceView | undefined;
}

/** People by name. Whose name looks like another's, or like a word that the screen says itself, is marked. */
export class PeopleList {
  #drawnFrom = '';
  #posing = new Map<string, string>();

  of(drawn: readonly Drawn[]): readonly PersonView[] {
    const sorted = [...drawn].sort((a, b) => a.name.localeCompare(b.name));
    this.#lookForLikeness(sorted);
    return sorted.map(({ contact, name, presence }) => {
      const { accountId, handle, blocked } = contact.record;
      const posing = this.#posing.get(accountId);
      return {
        accountId,
        name,
        ...(handle !== '' && { handle }),
        trust: trustState(contact),
        blocked,
        ...(presence !== undefined && { presence }),
        ...(posing !== undefined && { posesAs: posing }),
      };
    });
  }

  /** States are drawn often, names change seldom. */
  #lookForLikeness(drawn: readonly Drawn[]): void {
    const from = JSON.stringify(drawn.map(({ contact, name }) => [contact.record.accountId, name]));
    if (from === this.#drawnFrom) return;
    this.#drawnFrom = from;
    this.#posing = new Map();
    for (const { contact, name } of drawn) {
      const others = drawn.filter(other => other.contact !== contact).map(other => other.name);
      const posing = posesAs(name, others);
      if (posing === undefined) continue;
      const as = posing.as === 'person' ? others[posing.place]! : posing.word;
      this.#posing.set(contact.record.accountId, as);
    }
  }
}
