import type { Member, Trust } from '@sotto/client';
import { describe, expect, it } from 'vitest';
import { counterpart, peopleOf, tagsByDevice } from './peopleOf.ts';

function device(account: string, id: string, more: Partial<Member> = {}): Member {
  return {
    accountId: account as never,
    deviceId: id as never,
    name: account,
    role: 'member',
    guest: false,
    trust: 'verified' as Trust,
    self: false,
    ...more,
  };
}

describe('peopleOf', () => {
  it('has one person for all devices of an account', () => {
    const people = peopleOf([
      device('Mara', 'm1'),
      device('Noor', 'n1'),
      device('Mara', 'm2', { self: true }),
      device('Mara', 'm3'),
    ]);
    expect(people.map(({ name, deviceCount, self }) => [name, deviceCount, self])).toEqual([
      ['Mara', 3, true],
      ['Noor', 1, false],
    ]);
  });

  it('is as little settled as the least settled device', () => {
    const trusts: readonly Trust[] = ['verified', 'verified-by-link', 'unverified', 'changed'];
    for (const [at, trust] of trusts.entries())
      for (const better of trusts.slice(0, at)) {
        const devices = [device('A', '1', { trust: better }), device('A', '2', { trust })];
        expect(peopleOf(devices)[0]?.trust).toBe(trust);
        expect(peopleOf(devices.toReversed())[0]?.trust).toBe(trust);
      }
  });

  it('knows who the other one is', () => {
    const me = device('Me', '0', { self: true });
    expect(counterpart({ members: [me, device('Mara', '1'), device('Mara', '2')] })?.name).toBe('Mara');
    expect(counterpart({ members: [me, device('Mara', '1'), device('Noor', '2')] })).toBeUndefined();
    expect(counterpart({ members: [me], kind: 'direct' })).toBeUndefined();
  });

  it('tells like names of two people apart, and not two devices of one', () => {
    const one = [device('Mara', 'dev-1'), device('Mara', 'dev-2')];
    expect([...tagsByDevice(one)]).toEqual([]);
    const other = device('acc', 'dev-3', { name: 'Mаra' });
    expect([...tagsByDevice([...one, other])]).toEqual([
      ['dev-1', 'ev-1'],
      ['dev-2', 'ev-1'],
      ['dev-3', 'ev-3'],
    ]);
  });
});
