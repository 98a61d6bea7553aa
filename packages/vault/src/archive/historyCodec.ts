import type {
  ArchivedConversation,
  ArchivedEvent,
  ArchivedFile,
  ArchivedItem,
  ArchivedName,
  ArchivedPerson,
  ArchivedReaction,
} from './history.ts';

/**
 * Strict decoding of foreign values into the shapes of history.ts. Only known fields are taken, in one order, so
 * that `JSON.stringify` of what comes out has one form: a reader compares it with what it read, and thereby
 * refuses unknown fields, fields given twice, `__proto__`, and depth that no record has.
 */

const TEXT_UNITS = 65_536;
const NAME_UNITS = 256;
const TITLE_UNITS = 512;
const EMOJI_UNITS = 64;
const MEMBERS = 4_096;
const REACTIONS = 1_024;
const FILE_BYTES = 32 * 1_048_576;
const FILE_NAME_UNITS = 255;
const MEDIA_TYPE_UNITS = 127;
/** 12 KiB as base64url. */
const THUMBNAIL_UNITS = 16_384;
const SIDE = 0xffff_ffff;
const SHA256 = /^[0-9a-f]{64}$/;
const BASE64URL = /^[0-9A-Za-z_-]+$/;
const ID = /^[0-9A-Za-z_-]{1,64}$/;

/** A value is not what its place asks for. `message` names the place, never what stood there. */
export class UnfitRecord extends Error {
  override readonly name = 'UnfitRecord';
}

export function decodeConversation(value: unknown): ArchivedConversation {
  const fields = fieldsOf(value, 'conversation');
  return {
    id: idIn(fields, 'id'),
    title: textIn(fields, 'title', TITLE_UNITS),
    startedAtMs: wholeIn(fields, 'startedAtMs'),
    condition: oneOf(fields, 'condition', ['open', 'paused', 'ended']),
    members: listIn(fields, 'members', MEMBERS, personOf),
  };
}

export function decodeItem(value: unknown): ArchivedItem {
  const fields = fieldsOf(value, 'item');
  const kind = oneOf(fields, 'kind', ['message', 'event', 'gap']);
  const order = wholeIn(fields, 'order');
  switch (kind) {
    case 'message': {
      const deleted = flagIn(fields, 'deleted');
      const text = textIn(fields, 'text', TEXT_UNITS);
      if (deleted && text !== '') throw new UnfitRecord('text: a deleted message has none');
      if (deleted && has(fields, 'file')) throw new UnfitRecord('file: a deleted message has none');
      return {
        kind,
        order,
        messageId: idIn(fields, 'messageId'),
        author: personOf(fields.author),
        text,
        sentAtMs: wholeIn(fields, 'sentAtMs'),
        ...(has(fields, 'replyTo') && { replyTo: quoteOf(fields.replyTo) }),
        ...(has(fields, 'file') && { file: fileOf(fields.file) }),
        ...(flagIn(fields, 'edited') && { edited: true as const }),
        ...(deleted && { deleted: true as const }),
        ...(has(fields, 'reactions') && { reactions: listIn(fields, 'reactions', REACTIONS, reactionOf) }),
      };
    }
    case 'event':
      return { kind, order, atMs: wholeIn(fields, 'atMs'), event: eventOf(fields.event) };
    case 'gap':
      return {
        kind,
        order,
        atMs: wholeIn(fields, 'atMs'),
        cause: oneOf(fields, 'cause', ['undecryptable', 'missing', 'expired-at-relay', 'unsupported']),
        count: wholeIn(fields, 'count'),
      };
  }
}

const EVENTS = [
  'created',
  'joined',
  'left',
  'removed',
  'paused',
  'resumed',
  'ended',
  'title',
  'picture',
  'timer',
] as const;

function eventOf(value: unknown): ArchivedEvent {
  const fields = fieldsOf(value, 'event');
  const type = oneOf(fields, 'type', EVENTS);
  switch (type) {
    case 'created':
      return { type };
    case 'joined':
      return {
        type,
        who: nameOf(fields.who),
        guest: booleanIn(fields, 'guest'),
        self: booleanIn(fields, 'self'),
      };
    case 'left':
      return { type, who: nameOf(fields.who), self: booleanIn(fields, 'self') };
    case 'removed':
      return {
        type,
        who: nameOf(fields.who),
        by: nameOf(fields.by),
        self: booleanIn(fields, 'self'),
      };
    case 'title':
      return {
        type,
        by: nameOf(fields.by),
        title: textIn(fields, 'title', TITLE_UNITS),
        self: booleanIn(fields, 'self'),
      };
    case 'picture':
      return {
        type,
        by: nameOf(fields.by),
        on: booleanIn(fields, 'on'),
        self: booleanIn(fields, 'self'),
      };
    case 'timer':
      return {
        type,
        by: nameOf(fields.by),
        seconds: wholeIn(fields, 'seconds'),
        self: booleanIn(fields, 'self'),
      };
    default:
      return { type, by: nameOf(fields.by) };
  }
}

function nameOf(value: unknown): ArchivedName {
  const fields = fieldsOf(value, 'name');
  return { deviceId: idIn(fields, 'deviceId'), name: textIn(fields, 'name', NAME_UNITS) };
}

function personOf(value: unknown): ArchivedPerson {
  const fields = fieldsOf(value, 'person');
  return {
    ...nameOf(fields),
    role: oneOf(fields, 'role', ['owner', 'admin', 'member', 'guest']),
    guest: booleanIn(fields, 'guest'),
    self: booleanIn(fields, 'self'),
  };
}

function quoteOf(value: unknown) {
  const fields = fieldsOf(value, 'replyTo');
  return {
    messageId: idIn(fields, 'messageId'),
    name: textIn(fields, 'name', NAME_UNITS),
    text: textIn(fields, 'text', TEXT_UNITS),
  };
}

function fileOf(value: unknown): ArchivedFile {
  const fields = fieldsOf(value, 'file');
  const sizeBytes = wholeIn(fields, 'sizeBytes');
  if (sizeBytes < 1 || sizeBytes > FILE_BYTES) throw new UnfitRecord('sizeBytes: not of a file');
  return {
    name: textIn(fields, 'name', FILE_NAME_UNITS),
    mediaType: textIn(fields, 'mediaType', MEDIA_TYPE_UNITS),
    sizeBytes,
    sha256: lettersIn(fields, 'sha256', 64, SHA256),
    ...((has(fields, 'width') || has(fields, 'height')) && {
      width: sideIn(fields, 'width'),
      height: sideIn(fields, 'height'),
    }),
    ...(has(fields, 'thumbnail') && {
      thumbnail: lettersIn(fields, 'thumbnail', THUMBNAIL_UNITS, BASE64URL),
    }),
    included: booleanIn(fields, 'included'),
  };
}

function sideIn(fields: Fields, name: string): number {
  const pixels = wholeIn(fields, name);
  if (pixels < 1 || pixels > SIDE) throw new UnfitRecord(`${name}: not of a picture`);
  return pixels;
}

function lettersIn(fields: Fields, name: string, mostUnits: number, form: RegExp): string {
  const text = textIn(fields, name, mostUnits);
  if (!form.test(text)) throw new UnfitRecord(`${name}: not of its form`);
  return text;
}

function reactionOf(value: unknown): ArchivedReaction {
  const fields = fieldsOf(value, 'reaction');
  return {
    emoji: textIn(fields, 'emoji', EMOJI_UNITS),
    count: wholeIn(fields, 'count'),
    own: booleanIn(fields, 'own'),
  };
}

/** An object's fields by name. */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnfitRecord(`${what}: not an object`);
  }
  return value as Fields;
}

/** Optional fields: own ones only, and `undefined` is absence. */
function has(fields: Fields, name: string): boolean {
  return Object.hasOwn(fields, name) && fields[name] !== undefined;
}

function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

export function textIn(fields: Fields, name: string, mostUnits: number): string {
  const value = own(fields, name);
  if (typeof value !== 'string' || value.length > mostUnits)
    throw new UnfitRecord(`${name}: not such a text`);
  return value;
}

function idIn(fields: Fields, name: string): string {
  const value = own(fields, name);
  if (typeof value !== 'string' || !ID.test(value)) throw new UnfitRecord(`${name}: not an id`);
  return value;
}

/** A whole number from 0 to 2^53 - 1. */
export function wholeIn(fields: Fields, name: string): number {
  const value = own(fields, name);
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new UnfitRecord(`${name}: not such a number`);
  // Minus zero has another text.
  return (value as number) + 0;
}

function booleanIn(fields: Fields, name: string): boolean {
  const value = own(fields, name);
  if (typeof value !== 'boolean') throw new UnfitRecord(`${name}: neither true nor false`);
  return value;
}

/** Written only where it is true. */
function flagIn(fields: Fields, name: string): boolean {
  return has(fields, name) && booleanIn(fields, name);
}

function oneOf<const T extends string>(fields: Fields, name: string, values: readonly T[]): T {
  const value = own(fields, name);
  const found = values.find(known => known === value);
  if (found === undefined) throw new UnfitRecord(`${name}: not a known one`);
  return found;
}

function listIn<T>(fields: Fields, name: string, most: number, decode: (value: unknown) => T): readonly T[] {
  const value = own(fields, name);
  if (!Array.isArray(value) || value.length > most) throw new UnfitRecord(`${name}: not such a list`);
  return value.map(decode);
}
