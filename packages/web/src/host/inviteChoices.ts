import type { InviteOptions, InviteView, RoomView } from '@sotto/client';

export type InviteToken = InviteView['token'];

/** What a person chooses for a link. */
export interface Choices {
  readonly lifetimeMs: number;
  /** 0: no limit. */
  readonly maxUses: number;
  readonly approval: boolean;
  /** Empty: none. */
  readonly password: string;
}

export const LIFETIMES_MS = [3_600_000, 86_400_000, 604_800_000] as const;
export const SEATS = [1, 10, 0] as const;

/** What a link has when nobody chooses anything. */
export const SAFE_CHOICES: Choices = { lifetimeMs: 86_400_000, maxUses: 10, approval: true, password: '' };

export function optionsOf(choices: Choices): InviteOptions {
  return {
    lifetimeMs: choices.lifetimeMs,
    maxUses: choices.maxUses,
    approval: choices.approval,
    password: choices.password === '' ? undefined : choices.password,
  };
}

/** The choices that a link was made with; its password only if this window still knows it. */
export function choicesOf(invite: InviteView, password: string): Choices {
  const lived = invite.expiresAtMs - invite.createdAtMs;
  const lifetimeMs = [...LIFETIMES_MS].sort((a, b) => Math.abs(a - lived) - Math.abs(b - lived))[0]!;
  return { lifetimeMs, maxUses: invite.maxUses, approval: invite.approval, password };
}

/**
 * Whether a link may be in someone's hands: it was copied or shared, someone came by it, or someone
 * waits at the door with it. Such a link is never taken back unasked.
 */
export function isInUse(
  invite: InviteView,
  room: Pick<RoomView, 'knocks'>,
  givenAway: ReadonlySet<InviteToken>,
): boolean {
  return (
    invite.uses > 0 ||
    givenAway.has(invite.token) ||
    room.knocks.some(({ inviteToken }) => inviteToken === invite.token)
  );
}

/** The newest link that still lets people in. */
export function newestOpen(invites: readonly InviteView[]): InviteView | undefined {
  return invites
    .filter(({ status }) => status === 'open')
    .reduce<InviteView | undefined>(
      (newest, invite) =>
        newest === undefined || invite.createdAtMs >= newest.createdAtMs ? invite : newest,
      undefined,
    );
}

/** Letters and digits that nobody mistakes for others when they are read out. */
const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A password to tell someone: 16 characters in groups of four, some 79 bits. */
export function generatePassword(random: (lengthBytes: number) => Uint8Array): string {
  const fair = 256 - (256 % READABLE.length);
  let letters = '';
  while (letters.length < 16)
    for (const byte of random(32))
      if (byte < fair && letters.length < 16) letters += READABLE[byte % READABLE.length]!;
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}
