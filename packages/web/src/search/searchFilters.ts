import type { Member, RoomView } from '@sotto/client';
import type { Wanted } from './latestSearch.ts';

type AccountId = Member['accountId'];
type DeviceId = Member['deviceId'];

/** What a person narrows a search by. Dates as the browser's date fields give them (`2026-03-01`), '' for none. */
export interface SearchFilters {
  readonly accountId: AccountId | '';
  readonly from: string;
  readonly to: string;
  /** Only messages with a file. */
  readonly hasFile: boolean;
}

export const NO_FILTERS: SearchFilters = { accountId: '', from: '', to: '', hasFile: false };

/** Someone whose messages can be looked for. */
export interface Findable {
  readonly accountId: AccountId;
  readonly name: string;
  readonly self: boolean;
  readonly deviceIds: readonly DeviceId[];
}

/** The people of some rooms, each once whatever the number of their devices: oneself first, then by name. */
export function findablePeople(rooms: readonly Pick<RoomView, 'members'>[]): readonly Findable[] {
  const people = new Map<AccountId, Findable>();
  for (const member of rooms.flatMap(({ members }) => members)) {
    const known = people.get(member.accountId);
    people.set(member.accountId, known === undefined ? findable(member) : withDevice(known, member));
  }
  return [...people.values()].sort((a, b) => Number(b.self) - Number(a.self) || a.name.localeCompare(b.name));
}

function findable({ accountId, name, self, deviceId }: Member): Findable {
  return { accountId, name, self, deviceIds: [deviceId] };
}

function withDevice(person: Findable, { deviceId, self }: Member): Findable {
  const deviceIds = person.deviceIds.includes(deviceId) ? person.deviceIds : [...person.deviceIds, deviceId];
  return { ...person, self: person.self || self, deviceIds };
}

/** How many of them narrow the search. */
export function filtersOn(filters: SearchFilters): number {
  const { accountId, from, to, hasFile } = filters;
  return [accountId, from, to].filter(value => value !== '').length + Number(hasFile);
}

/** Whether anything is looked for: words, or all that has a file. */
export function isSought(query: string, { hasFile }: SearchFilters): boolean {
  return query.trim() !== '' || hasFile;
}

/** What to ask the engine for; undefined where nothing is sought. Days are whole, in the person's time zone. */
export function wantedOf(
  query: string,
  filters: SearchFilters,
  people: readonly Findable[],
  roomId?: RoomView['roomId'],
): Wanted | undefined {
  if (!isSought(query, filters)) return undefined;
  const person = people.find(({ accountId }) => accountId === filters.accountId);
  const fromMs = dayStart(filters.from, 0);
  const toMs = dayStart(filters.to, 1);
  return {
    query,
    ...(roomId !== undefined && { roomId }),
    ...(person !== undefined && { deviceIds: person.deviceIds }),
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
    ...(filters.hasFile && { hasFile: true }),
  };
}

/** When a day (or so many after it) begins here. */
function dayStart(date: string, daysLater: number): number | undefined {
  const [year, month, day] = date.split('-').map(Number);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const ms = new Date(year, month - 1, day + daysLater).getTime();
  return Number.isFinite(ms) ? ms : undefined;
}
