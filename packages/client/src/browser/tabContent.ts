import type { RoomId } from '../projection.ts';

/** Which guest a tab is. */
export interface TabGuest {
  readonly storeName: string;
  /** 32 bytes; undefined once a lock of the guest's own leads to the store. */
  readonly rootKey: Uint8Array | undefined;
}

/** What a tab knows of a guest's visit to one chat. */
export interface TabVisit {
  readonly token: string;
  /** `#1.…`, without which the card cannot be opened; undefined once inside. */
  readonly fragment: string | undefined;
  /** The room that was asked for: a reload then goes on instead of showing the door. */
  readonly roomId: RoomId | undefined;
  /** The inviter's name, for the waiting screen. */
  readonly host: string | undefined;
}

/** All that a tab remembers. */
export interface TabContent {
  readonly guest: TabGuest | undefined;
  /** One for each link that was opened in the tab, the latest last. */
  readonly visits: readonly TabVisit[];
}

/** A tab that remembers nothing. */
export const NOTHING: TabContent = { guest: undefined, visits: [] };

/** Of more links in one tab, the first are forgotten. */
export const MAX_VISITS = 8;
const MAX_CHARACTERS = 512;
const STORE_NAME = /^sotto-guest-[0-9a-f-]{36}$/;
const ROOT_KEY = /^[0-9a-f]{64}$/;

export function encodeTab({ guest, visits }: TabContent): string {
  return JSON.stringify({
    guest: guest && { storeName: guest.storeName, rootKey: guest.rootKey && toHex(guest.rootKey) },
    visits: visits.slice(-MAX_VISITS),
  });
}

/** Throws for what `encodeTab` would not have written. */
export function decodeTab(text: string): TabContent {
  const { guest, visits } = fieldsOf(JSON.parse(text));
  if (!Array.isArray(visits) || visits.length > MAX_VISITS) throw new TypeError('no visits');
  return { guest: guest === undefined ? undefined : guestOf(fieldsOf(guest)), visits: visits.map(visitOf) };
}

function guestOf({ storeName, rootKey }: Fields): TabGuest {
  return {
    storeName: textOf(storeName, STORE_NAME),
    rootKey: rootKey === undefined ? undefined : fromHex(textOf(rootKey, ROOT_KEY)),
  };
}

function visitOf(visit: unknown): TabVisit {
  const { token, fragment, roomId, host } = fieldsOf(visit);
  return {
    token: textOf(token),
    fragment: fragment === undefined ? undefined : textOf(fragment),
    roomId: roomId === undefined ? undefined : (textOf(roomId) as RoomId),
    host: host === undefined ? undefined : textOf(host),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new TypeError('no fields');
  return value as Fields;
}

function textOf(value: unknown, form?: RegExp): string {
  if (typeof value !== 'string' || value.length > MAX_CHARACTERS || form?.test(value) === false)
    throw new TypeError('not the text that belongs here');
  return value;
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
}
