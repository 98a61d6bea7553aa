import type { Member } from '@sotto/client';
import { describe, expect, it } from 'vitest';
import { filtersOn, findablePeople, NO_FILTERS, wantedOf } from './searchFilters.ts';

const member = (name: string, device: string, self = false) =>
  ({ name, self, accountId: `account ${name}`, deviceId: device }) as unknown as Member;

const people = findablePeople([
  { members: [member('Noor', 'n1'), member('Me', 'me', true)] },
  { members: [member('Mara', 'm1'), member('Noor', 'n2'), member('Me', 'me', true)] },
]);

describe('findablePeople', () => {
  it('has each person once, with all devices, oneself first', () => {
    expect(people.map(({ name, deviceIds }) => [name, ...deviceIds])).toEqual([
      ['Me', 'me'],
      ['Mara', 'm1'],
      ['Noor', 'n1', 'n2'],
    ]);
  });
});

describe('wantedOf', () => {
  it('asks for nothing while nothing is written', () => {
    expect(wantedOf('  ', { ...NO_FILTERS, from: '2026-03-01' }, people)).toBeUndefined();
  });

  it('leaves out what is not narrowed', () => {
    expect(wantedOf('lake', NO_FILTERS, people)).toEqual({ query: 'lake' });
    expect(filtersOn(NO_FILTERS)).toBe(0);
  });

  it('takes only messages with a file where that is wanted', () => {
    const filters = { ...NO_FILTERS, hasFile: true };
    expect(wantedOf('rota', filters, people)).toEqual({ query: 'rota', hasFile: true });
    expect(filtersOn(filters)).toBe(1);
  });

  it('asks for all that has a file where nothing is written', () => {
    const filters = { ...NO_FILTERS, hasFile: true };
    expect(wantedOf('', filters, people)).toEqual({ query: '', hasFile: true });
    expect(wantedOf('', filters, people, 'room' as never)).toMatchObject({ roomId: 'room', hasFile: true });
  });

  it('takes whole days of this time zone, the last one included', () => {
    const wanted = wantedOf('lake', { ...NO_FILTERS, from: '2026-03-01', to: '2026-03-31' }, people);
    expect(wanted).toEqual({
      query: 'lake',
      fromMs: new Date(2026, 2, 1).getTime(),
      toMs: new Date(2026, 3, 1).getTime(),
    });
  });

  it('takes a person by all of their devices, and a room', () => {
    const filters = { ...NO_FILTERS, accountId: 'account Noor' as never };
    expect(wantedOf('lake', filters, people, 'room' as never)).toEqual({
      query: 'lake',
      roomId: 'room',
      deviceIds: ['n1', 'n2'],
    });
    expect(filtersOn(filters)).toBe(1);
  });
});
