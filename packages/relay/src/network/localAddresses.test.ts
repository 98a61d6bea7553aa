import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { localAddresses } from './localAddresses.ts';
import { guestOrigins, hostOrigins, isOwnHost } from './origins.ts';

const info = (address: string, internal = false): NetworkInterfaceInfo =>
  ({
    address,
    internal,
    family: address.includes(':') ? 'IPv6' : 'IPv4',
    netmask: '',
    mac: '',
    cidr: null,
    scopeid: 0,
  }) as NetworkInterfaceInfo;

const interfaces = {
  lo: [info('127.0.0.1', true), info('::1', true)],
  docker0: [info('172.17.0.1')],
  eth0: [info('2001:db8::5'), info('fe80::1'), info('fd12::5'), info('192.168.1.20')],
  wlan0: [info('169.254.3.3'), info('10.1.1.2')],
};

test('what others can reach, real interfaces and IPv4 first', () => {
  expect(localAddresses(interfaces, 'Desk.example.org')).toEqual({
    addresses: ['192.168.1.20', '10.1.1.2', '2001:db8::5', 'fd12::5', '172.17.0.1'],
    lanAddresses: ['192.168.1.20', '10.1.1.2', 'fd12::5'],
    hostnames: ['desk', 'desk.local'],
  });
});

test.each(['localhost', 'Ada’s Laptop', '', 'a_b', '-x'])('%j is no name for the network', name => {
  expect(localAddresses({}, name)).toEqual({ addresses: [], lanAddresses: [], hostnames: [] });
});

test('origins are as a browser writes them', () => {
  const local = localAddresses(interfaces, 'desk');
  expect(guestOrigins(local, 8443, 'https://chat.example.org')).toEqual(
    expect.arrayContaining([
      'https://chat.example.org',
      'https://192.168.1.20:8443',
      'https://[fd12::5]:8443',
      'https://desk.local:8443',
      'https://localhost:8443',
    ]),
  );
  expect(guestOrigins(local, 443, undefined)).toContain('https://192.168.1.20');
  expect(hostOrigins(8080)).toEqual(['http://localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080']);
});

test('a Host header is one of them to the letter, port and all', () => {
  const origins = [...hostOrigins(8080), 'https://chat.example.org'];
  for (const host of ['localhost:8080', '[::1]:8080', 'LocalHost:8080', 'chat.example.org']) {
    expect([host, isOwnHost(host, origins)]).toEqual([host, true]);
  }
  for (const host of [
    undefined,
    '',
    'localhost',
    'localhost:80',
    'localhost:8080.evil.example',
    'evil.example',
    'chat.example.org:443',
    'chat.example.org.',
  ]) {
    expect([host, isOwnHost(host, origins)]).toEqual([host, false]);
  }
});
