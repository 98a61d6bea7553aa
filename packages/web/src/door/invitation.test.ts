import { describe, expect, it } from 'vitest';
import { DoorError, parseInviteAnswer } from './invitation.ts';

const answer = { status: 'open', sealedCard: '_-8', expiresAtMs: 5, hostOnline: true, serverTimeMs: 3 };

describe('parseInviteAnswer', () => {
  it('reads what a relay says', () => {
    expect(parseInviteAnswer(answer)).toEqual({
      status: 'open',
      sealedCard: new Uint8Array([0xff, 0xef]),
      expiresAtMs: 5,
      hostOnline: true,
    });
    expect(parseInviteAnswer({ ...answer, hostOnline: 'yes' }).hostOnline).toBe(false);
  });

  it.each([
    undefined,
    null,
    'open',
    [],
    {},
    { ...answer, status: 'great' },
    { ...answer, sealedCard: '<b>' },
    { ...answer, expiresAtMs: '5' },
  ])('refuses %j', value => {
    expect(() => parseInviteAnswer(value)).toThrow(DoorError);
  });
});
