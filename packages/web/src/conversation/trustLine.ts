import type { Member, RoomView } from '@sotto/client';
import { chat } from '../words.ts';
import { peopleOf } from './peopleOf.ts';

/** The one plain line under a title. Green only when verified, amber only when something must be decided. */
export interface TrustLine {
  readonly tone: 'plain' | 'good' | 'warn';
  /** What follows "End-to-end encrypted", in full and for a narrow screen. */
  readonly facts: readonly string[];
  readonly shortFact: string | undefined;
}

const MOST_NAMED = 3;

export function trustLine(room: Pick<RoomView, 'members'>): TrustLine {
  const people = peopleOf(room.members);
  const others = people.filter(person => !person.self);
  const ownFacts = room.members.some(member => member.self && member.guest) ? [chat.youAreGuest] : [];
  const changed = others.find(member => member.trust === 'changed');
  if (changed !== undefined) {
    const fact = chat.changed(changed.name);
    return { tone: 'warn', facts: [...ownFacts, fact], shortFact: fact };
  }
  if (others.length === 0) return { tone: 'plain', facts: ownFacts, shortFact: ownFacts[0] };

  // One's own guest mark comes first: it is the last to be cut off, and it is never not there.
  const facts = others.length <= MOST_NAMED ? others.map(factOf) : countFacts(others, people.length);
  return {
    tone: others.every(settled) && others.some(member => member.trust === 'verified') ? 'good' : 'plain',
    facts: [...ownFacts, ...facts],
    shortFact: ownFacts[0] ?? shortFactOf(others, people.length),
  };
}

/** Nothing more to decide about them: checked, or a guest, which the mark says. */
function settled(member: Member): boolean {
  return member.trust !== 'unverified' || member.guest;
}

function factOf(member: Member): string {
  if (member.trust === 'verified') return chat.verified(member.name);
  if (member.trust === 'verified-by-link') return chat.byLink(member.name);
  return member.guest ? chat.isGuest(member.name) : chat.notYet(member.name);
}

function countFacts(others: readonly Member[], total: number): readonly string[] {
  const open = others.filter(member => !settled(member)).length;
  return [chat.people(total), ...(open > 0 ? [chat.notYetCount(open)] : [])];
}

function shortFactOf(others: readonly Member[], total: number): string {
  if (others.length > 1) return chat.people(total);
  const other = others[0]!;
  if (other.trust === 'verified') return chat.shortVerified;
  if (other.trust === 'verified-by-link') return chat.shortByLink;
  return other.guest ? chat.shortGuest : chat.shortNotYet;
}
