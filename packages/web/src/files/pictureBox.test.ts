import { expect, it } from 'vitest';
import { pictureBox } from './pictureBox.ts';

it('gives a picture the form it will have, as large as it fits, and never larger than it is', () => {
  expect(pictureBox(4032, 3024)).toEqual({ widthPx: 320, heightPx: 240 });
  expect(pictureBox(1000, 2000)).toEqual({ widthPx: 180, heightPx: 360 });
  expect(pictureBox(200, 100)).toEqual({ widthPx: 200, heightPx: 100 });
});

it('leaves something to press of a line or a dot', () => {
  expect(pictureBox(9000, 90)).toEqual({ widthPx: 320, heightPx: 72 });
  expect(pictureBox(16, 16)).toEqual({ widthPx: 72, heightPx: 72 });
});
