import { expect, it } from 'vitest';
import { eventWords } from './eventWords.ts';

it('a name cannot turn the sentence around, and nobody is nobody', () => {
  const arabic = 'ليلى';
  expect(eventWords({ type: 'role-changed', name: arabic, role: 'admin', byName: 'Mara', self: false })).toBe(
    `Mara made \u2068${arabic}\u2069 an admin`,
  );
  expect(eventWords({ type: 'account-made', name: '', self: false })).toBe('Someone has an account now');
  expect(eventWords({ type: 'keys-changed', name: 'x\u202ey' })).toBe('The keys of xy changed');
});

it('a title cannot turn its sentence around either, and an empty one is none', () => {
  const title = (said: string, self = false) =>
    eventWords({ type: 'title', title: said, byName: 'Mara', self });
  expect(title('ليلى\u202e')).toBe('Mara changed the title to “\u2068ليلى\u2069”');
  expect(title('Rota', true)).toBe('You changed the title to “Rota”');
  expect(title('')).toBe('Mara took the title away');
  const picture = (on: boolean) => eventWords({ type: 'picture', on, byName: '', self: false });
  expect([true, false].map(picture)).toEqual([
    'Someone changed the picture',
    'Someone took the picture away',
  ]);
});

it('what happens to oneself is said so', () => {
  expect(eventWords({ type: 'role-changed', name: 'Me', role: 'owner', byName: 'Mara', self: true })).toBe(
    'Mara made you an owner',
  );
  expect(eventWords({ type: 'device-added', name: 'Me', self: true })).toBe('Another device of yours is in');
});
