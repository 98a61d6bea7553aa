import type { InviteView } from '@sotto/client';
import { describe, expect, it } from 'vitest';
import {
  choicesOf,
  generatePassword,
  isInUse,
  newestOpen,
  optionsOf,
  SAFE_CHOICES,
} from './inviteChoices.ts';

function invite(token: string, more: Partial<InviteView> = {}): InviteView {
  return {
    token: token as never,
    pathAndFragment: `/chat/${token}#1.a.b`,
    createdAtMs: 1_000,
    expiresAtMs: 1_000 + 86_400_000,
    maxUses: 10,
    uses: 0,
    approval: true,
    password: false,
    status: 'open',
    ...more,
  };
}

describe('invite choices', () => {
  it('are safe by default: a day, ten people, asked first, no password', () => {
    expect(optionsOf(SAFE_CHOICES)).toEqual({
      lifetimeMs: 86_400_000,
      maxUses: 10,
      approval: true,
      password: undefined,
    });
  });

  it('read back what a link was made with', () => {
    expect(choicesOf(invite('a', { expiresAtMs: 1_000 + 3_599_000, maxUses: 1 }), 'pw')).toEqual({
      lifetimeMs: 3_600_000,
      maxUses: 1,
      approval: true,
      password: 'pw',
    });
  });

  it('never take back a link that may be in someone’s hands', () => {
    const nobody = { knocks: [] };
    expect(isInUse(invite('a'), nobody, new Set())).toBe(false);
    expect(isInUse(invite('a'), nobody, new Set(['a' as never]))).toBe(true);
    expect(isInUse(invite('a', { uses: 1 }), nobody, new Set())).toBe(true);
    const knock = { inviteToken: 'a' } as never;
    expect(isInUse(invite('a'), { knocks: [knock] }, new Set())).toBe(true);
    expect(isInUse(invite('b'), { knocks: [knock] }, new Set())).toBe(false);
  });

  it('find the newest open link', () => {
    const invites = [
      invite('a'),
      invite('b', { createdAtMs: 5_000 }),
      invite('c', { createdAtMs: 9_000, status: 'revoked' }),
    ];
    expect(newestOpen(invites)?.token).toBe('b');
    expect(newestOpen([])).toBeUndefined();
  });

  it('generate passwords that use all letters alike', () => {
    let next = 0;
    const counting = (length: number): Uint8Array => Uint8Array.from({ length }, () => next++);
    expect(generatePassword(counting)).toMatch(/^([a-z2-9]{4}-){3}[a-z2-9]{4}$/);
    const all = (length: number): Uint8Array => new Uint8Array(length).fill(255).with(length - 1, 0);
    expect(generatePassword(all)).toBe('aaaa-aaaa-aaaa-aaaa');
  });
});
