import { expect, it } from 'vitest';
import { openBrowserKeySlots } from './browserKeySlots.ts';

it('key slots of a browser are not opened outside a worker, where another place would be found', async () => {
  await expect(openBrowserKeySlots('host')).rejects.toThrow(TypeError);
});
