import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isFree } from './keptPorts.ts';
import { portOwner } from './portOwner.ts';

describe('a taken port', () => {
  it('is seen, and its owner is named', async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    expect(await isFree(address.port, '127.0.0.1')).toBe(false);
    if (process.platform === 'linux') expect(portOwner(address.port)?.pid).toBe(process.pid);
    await new Promise(resolve => server.close(resolve));
    expect(await isFree(address.port, '127.0.0.1')).toBe(true);
    if (process.platform === 'linux') expect(portOwner(address.port)).toBeUndefined();
  });
});
