import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64urlDecode, base64urlEncode } from './base64url.ts';
import { ProtocolError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { decodeSealedKeys, encodeSealedKeys, type SealedKey, type SealedKeys } from './sealedKeys.ts';

const modulus = (fill: number, sizeBytes = 384): string =>
  base64urlEncode(new Uint8Array(sizeBytes).fill(0x81 | (fill << 1)));
const key = (use: SealedKey['use'], fill: number, more: Partial<SealedKey> = {}): SealedKey => ({
  use,
  kid: base64urlEncode(new Uint8Array(32).fill(fill)),
  n: modulus(fill),
  createdAtS: 1_770_000_000,
  ...more,
});
const published: SealedKeys = {
  accountKey: new Uint8Array(32).fill(7),
  counter: 2,
  strangers: true,
  keys: [key('enc', 1), key('sig', 2), key('enc', 3, { retiredAtS: 1_770_000_001, n: modulus(3, 512) })],
};
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (json: string) => new TextEncoder().encode(json);

function refused(code: ProtocolError['code'], act: () => unknown): void {
  expect(act).toThrow(ProtocolError);
  expect(act).toThrow(expect.objectContaining({ code }));
}

describe('published keys', () => {
  test('are JSON with JWKs, and read as what was written', () => {
    const bytes = encodeSealedKeys(published);
    expect(decodeSealedKeys(bytes)).toEqual(published);
    expect(JSON.parse(text(bytes)).keys[0]).toMatchObject({ kty: 'RSA', alg: 'RSA-OAEP-256', e: 'AQAB' });
  });

  test('are taken in one form only: no other order, space, member or member twice', () => {
    const json = text(encodeSealedKeys(published));
    const { version, ...rest } = JSON.parse(json);
    const others = [
      ` ${json}`,
      JSON.stringify({ ...rest, version }),
      JSON.stringify({ version, ...rest, more: 1 }),
      json.replace('"counter":2', '"counter":9,"counter":2'),
      json.replace('"counter":2', '"counter":2.0'),
      json.replace('"e":"AQAB"', '"e":"AQAB","d":"AQAB"'),
      json.replace('"e":"AQAB"', '"e":"Aw"'),
      json.replace('RSA-OAEP-256', 'RSA1_5'),
    ];
    for (const other of others) {
      expect(other).not.toBe(json);
      refused('MALFORMED', () => decodeSealedKeys(bytesOf(other)));
    }
    refused('UNSUPPORTED', () => decodeSealedKeys(bytesOf(json.replace('"version":1', '"version":2'))));
  });

  test('have one current key of each use, and no key that is too short', () => {
    const bad: readonly (readonly SealedKey[])[] = [
      [],
      [key('enc', 1)],
      [key('enc', 1), key('sig', 2), key('sig', 3)],
      [key('enc', 1, { retiredAtS: 5 }), key('enc', 2), key('sig', 3)],
      [key('enc', 1), key('sig', 1)],
      [key('enc', 1, { n: modulus(1, 256) }), key('sig', 2)],
      [key('enc', 1, { n: modulus(1, 385) }), key('sig', 2)],
      [key('enc', 1, { n: base64urlEncode(new Uint8Array(384).fill(0x7f)) }), key('sig', 2)],
      [key('enc', 1, { kid: 'short' }), key('sig', 2)],
    ];
    for (const keys of bad) refused('MALFORMED', () => encodeSealedKeys({ ...published, keys }));
    refused('MALFORMED', () => encodeSealedKeys({ ...published, counter: 0 }));
    const many = Array.from({ length: LIMITS.sealedKeys }, (_, at) => key('enc', at + 3, { retiredAtS: 1 }));
    refused('TOO_LARGE', () =>
      encodeSealedKeys({ ...published, keys: [key('enc', 1), key('sig', 2), ...many] }),
    );
  });

  test('as many as may be fit in', () => {
    const old = Array.from({ length: LIMITS.sealedKeys - 2 }, (_, at) =>
      key('enc', at + 3, { retiredAtS: 1, n: modulus(at + 3, 512) }),
    );
    const full = { ...published, keys: [key('enc', 1), key('sig', 2), ...old] };
    expect(encodeSealedKeys(full).length).toBeLessThanOrEqual(LIMITS.sealedKeysBytes);
  });

  test('anything else is refused with a ProtocolError, whatever it is', () => {
    const refuses = (bytes: Uint8Array) => {
      try {
        decodeSealedKeys(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    };
    fc.assert(fc.property(fc.json(), json => refuses(bytesOf(json))));
    const bytes = encodeSealedKeys(published);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const changed = bytes.slice();
        changed[at] = byte;
        refuses(changed);
      }),
    );
  });
});

test('base64url is read in its one form', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      expect(base64urlDecode(base64urlEncode(bytes))).toEqual(bytes);
    }),
  );
  for (const other of ['AR', 'A', 'AA==', 'A+', 'A/', 'A A', '\u00e4A'])
    refused('MALFORMED', () => base64urlDecode(other));
});
