import { expect, it } from 'vitest';
import { fileHeard, fileSize } from './fileHeard.ts';

const beach = { name: 'beach.jpg', mediaType: 'image/jpeg', sizeBytes: 240_000 };
const rota = { name: 'rota.pdf', mediaType: 'application/pdf', sizeBytes: 1_240_000 };

it('says sizes as people know them', () => {
  expect([0, 1, 999, 1_000, 240_400, 999_499, 999_500, 1_240_000, 33_554_432].map(fileSize)).toEqual([
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1 kB',
    '240 kB',
    '999 kB',
    '1 MB',
    '1.2 MB',
    '33.6 MB',
  ]);
});

it('is heard with what it is, its name and its size', () => {
  expect(fileHeard('Ana', beach, '')).toBe('Ana sent a picture, beach.jpg, 240 kB');
  expect(fileHeard('Ana', rota, 'For Monday')).toBe('Ana sent a file, rota.pdf, 1.2 MB: For Monday');
});
