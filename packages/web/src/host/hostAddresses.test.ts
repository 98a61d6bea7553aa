import { describe, expect, it } from 'vitest';
import { bestAddress, browserWarns, type HostAddress, parseHostInfo } from './hostAddresses.ts';

const computer: HostAddress = { kind: 'this-computer', origin: 'http://localhost:8080', reachable: true };
const network: HostAddress = { kind: 'this-network', origin: 'https://192.168.1.20:8443', reachable: true };
const anywhere: HostAddress = { kind: 'internet', origin: 'https://chat.example', reachable: true };

describe('host addresses', () => {
  it('takes only http and https origins of known kinds', () => {
    const info = parseHostInfo({
      addresses: [
        { kind: 'this-network', origin: 'https://192.168.1.20:8443/x?y', reachable: true },
        { kind: 'this-network', origin: 'javascript:alert(1)', reachable: true },
        { kind: 'moon', origin: 'https://a.example', reachable: true },
        { kind: 'internet', origin: 7 },
        null,
      ],
      certificateFingerprint: 'AB:CD',
    });
    expect(info).toEqual({ addresses: [network], certificateFingerprint: 'AB:CD' });
    expect(parseHostInfo(undefined)).toEqual({ addresses: [], certificateFingerprint: undefined });
  });

  it('chooses what works for most people and answers', () => {
    expect(bestAddress([computer, network, anywhere])).toBe(anywhere);
    expect(bestAddress([computer, network, { ...anywhere, reachable: false }])).toBe(network);
    expect(bestAddress([computer])).toBe(computer);
    expect(bestAddress([{ ...network, reachable: false }])?.origin).toBe(network.origin);
    expect(bestAddress([])).toBeUndefined();
  });

  it('knows where a browser warns', () => {
    expect([computer, network, anywhere].map(browserWarns)).toEqual([false, true, false]);
  });
});
