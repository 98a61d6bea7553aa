import type { Member, Trust } from '@sotto/client';
import { describe, expect, it } from 'vitest';
import { trustLine } from './trustLine.ts';

function member(name: string, trust: Trust, guest = false, self = false): Member {
  return {
    accountId: name as never,
    deviceId: name as never,
    name,
    role: guest ? 'guest' : 'member',
    guest,
    trust,
    self,
  };
}
const me = member('Me', 'unverified', false, true);

describe('trustLine', () => {
  it('is green only when someone is verified and nothing is open', () => {
    expect(
      trustLine({ members: [me, member('Mara', 'verified'), member('Noor', 'unverified', true)] }),
    ).toMatchObject({
      tone: 'good',
      facts: ['Mara verified', 'Noor is a guest'],
    });
    expect(trustLine({ members: [me, member('Mara', 'verified'), member('Tom', 'unverified')] }).tone).toBe(
      'plain',
    );
    expect(trustLine({ members: [me, member('Mara', 'verified-by-link')] })).toMatchObject({
      tone: 'plain',
      facts: ['Mara verified by link'],
      shortFact: 'verified by link',
    });
  });

  it('is amber when keys changed, whoever else is verified', () => {
    expect(trustLine({ members: [me, member('Mara', 'verified'), member('Tom', 'changed')] })).toMatchObject({
      tone: 'warn',
      facts: ['Tom’s keys changed. Check before you write.'],
    });
  });

  it('counts when there are many', () => {
    const many = ['A', 'B', 'C', 'D'].map(name => member(name, 'unverified'));
    expect(trustLine({ members: [me, ...many] }).facts).toEqual(['5 people', '4 not verified yet']);
  });

  it('says that one is a guest oneself', () => {
    expect(
      trustLine({ members: [member('Me', 'unverified', true, true), member('Mara', 'verified-by-link')] })
        .facts,
    ).toEqual(['you are a guest', 'Mara verified by link']);
  });
});
