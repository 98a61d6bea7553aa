import { expect, it } from 'vitest';
import { fileLine, isPictureType } from './fileSaid.ts';

const beach = { name: 'beach.jpg', mediaType: 'image/jpeg' };
const rota = { name: 'rota.pdf', mediaType: 'application/pdf' };

it('stands for a message in one line', () => {
  expect(fileLine(beach)).toBe('Picture');
  expect(fileLine(rota)).toBe('File: rota.pdf');
  expect(fileLine(rota, 'For Monday')).toBe('For Monday');
  expect(fileLine(undefined, 'Hello')).toBe('Hello');
  expect(fileLine({ ...rota, name: 'fdp.\u202eexe' })).toBe('File: fdp.exe');
});

it('counts as a picture only what can hold no script', () => {
  expect(isPictureType('image/avif')).toBe(true);
  for (const type of ['image/svg+xml', 'text/html', 'image/png; x', 'image/jpegx', 'application/pdf', ''])
    expect(isPictureType(type)).toBe(false);
});
