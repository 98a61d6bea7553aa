import { describe, expect, test } from 'vitest';
import { decodeClientFrame, encodeClientFrame } from './clientFrame.ts';
import { decodeBundle, decodeContent, encodeBundle, encodeContent } from './content.ts';
import { decodeDeviceCertificate, encodeDeviceCertificate } from './deviceCertificate.ts';
import { decodeDeviceList, decodeSignedDeviceList, encodeDeviceList } from './deviceList.ts';
import { ProtocolError } from './errors.ts';
import { DedupeId, DeviceId, MessageId, StreamId } from './ids.ts';
import { decodeJoinRequest, encodeJoinRequest, joinRequestMacInput } from './joinRequest.ts';
import { LIMITS } from './limits.ts';
import { decodeRegistration } from './registration.ts';
import { decodeServerFrame } from './serverFrame.ts';
import { decodeSignInStart, decodeSignInStarted } from './signIn.ts';
import { utf8Encode, WireWriter } from './wire/writer.ts';

/** Hand-made protobuf: pairs of field number and varint, bytes or nested fields. */
type Value = number | Uint8Array | readonly (readonly [number, Value])[];

function wire(fields: readonly (readonly [number, Value])[]): Uint8Array {
  const writer = new WireWriter();
  for (const [number, value] of fields) {
    writer.tag(number, typeof value === 'number' ? 0 : 2);
    if (typeof value === 'number') writer.varint(value);
    else writer.delimited(value instanceof Uint8Array ? value : wire(value));
  }
  return writer.finish();
}

const id = new Uint8Array(16).fill(7);
const streamId = StreamId.fromBytes(id);
const dedupeId = DedupeId.fromBytes(id);
const messageId = MessageId.fromBytes(id);

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  return 'accepted';
}

const subscribe = (fields: readonly (readonly [number, Value])[]) =>
  wire([
    [1, 1],
    [5, fields],
  ]);

describe('a client frame', () => {
  test('by hand is read', () => {
    expect(
      decodeClientFrame(
        subscribe([
          [1, id],
          [2, 9],
        ]),
      ),
    ).toEqual({
      requestId: 1,
      body: { type: 'subscribe', streamId, afterSeq: 9 },
    });
  });

  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'MALFORMED'],
    ['no body', wire([[1, 1]]), 'MALFORMED'],
    [
      'request id 0',
      wire([
        [1, 0],
        [13, []],
      ]),
      'MALFORMED',
    ],
    ['no request id', wire([[13, []]]), 'MALFORMED'],
    [
      'a body of a later version',
      wire([
        [1, 1],
        [99, []],
      ]),
      'UNSUPPORTED',
    ],
    [
      'two bodies',
      wire([
        [1, 1],
        [13, []],
        [13, []],
      ]),
      'MALFORMED',
    ],
    [
      'two different bodies',
      wire([
        [1, 1],
        [13, []],
        [14, [[1, id]]],
      ]),
      'MALFORMED',
    ],
    [
      'a body that is a number',
      wire([
        [1, 1],
        [13, 5],
      ]),
      'MALFORMED',
    ],
    [
      'a field twice',
      subscribe([
        [1, id],
        [2, 9],
        [2, 9],
      ]),
      'MALFORMED',
    ],
    [
      'a request id twice',
      wire([
        [1, 1],
        [1, 1],
        [13, []],
      ]),
      'MALFORMED',
    ],
    ['a missing id', subscribe([[2, 9]]), 'MALFORMED'],
    [
      'a short id',
      subscribe([
        [1, id.slice(1)],
        [2, 9],
      ]),
      'BAD_ID',
    ],
    [
      'a long id',
      subscribe([
        [1, new Uint8Array(17)],
        [2, 9],
      ]),
      'TOO_LARGE',
    ],
    [
      'a wrong wire type',
      subscribe([
        [1, 4],
        [2, 9],
      ]),
      'MALFORMED',
    ],
    [
      'field number 0',
      wire([
        [1, 1],
        [13, []],
        [0, 1],
      ]),
      'MALFORMED',
    ],
    [
      'an unknown entry kind',
      wire([
        [1, 1],
        [
          4,
          [
            [1, id],
            [2, id],
            [3, 77],
            [5, id],
          ],
        ],
      ]),
      'UNSUPPORTED',
    ],
    [
      'entry kind 0',
      wire([
        [1, 1],
        [
          4,
          [
            [1, id],
            [2, id],
            [3, 0],
            [5, id],
          ],
        ],
      ]),
      'MALFORMED',
    ],
    [
      'no payload',
      wire([
        [1, 1],
        [
          4,
          [
            [1, id],
            [2, id],
            [3, 1],
          ],
        ],
      ]),
      'MALFORMED',
    ],
    [
      'a token with other characters',
      wire([
        [1, 1],
        [10, [[1, utf8Encode('../../../../etc/passwd00')]]],
      ]),
      'BAD_ID',
    ],
    [
      'a text that is not UTF-8',
      wire([
        [1, 1],
        [10, [[1, Uint8Array.of(0xff, 0xfe)]]],
      ]),
      'MALFORMED',
    ],
    [
      'a bool of 2',
      wire([
        [1, 1],
        [12, [[5, 2]]],
      ]),
      'MALFORMED',
    ],
    [
      'a signature of 63 bytes',
      wire([
        [1, 1],
        [
          2,
          [
            [1, 1],
            [2, id],
            [4, new Uint8Array(63)],
          ],
        ],
      ]),
      'MALFORMED',
    ],
    ['an overlong varint', Uint8Array.of(0x08, 0x81, 0x00, 0x6a, 0x00), 'MALFORMED'],
    ['a length beyond the end', Uint8Array.of(0x08, 0x01, 0x6a, 0x05), 'MALFORMED'],
    ['a length beyond the enclosing message', subscribe([[1, id]]).fill(17, 5, 6), 'MALFORMED'],
    [
      '2^53',
      Uint8Array.of(
        0x08,
        0x01,
        0x2a,
        0x1b,
        0x0a,
        0x10,
        ...id,
        0x10,
        0x80,
        0x80,
        0x80,
        0x80,
        0x80,
        0x80,
        0x80,
        0x10,
      ),
      'MALFORMED',
    ],
    ['a group', Uint8Array.of(0x08, 0x01, 0x6b), 'MALFORMED'],
    ['an endless varint', new Uint8Array(40).fill(0xff), 'MALFORMED'],
  ])('with %s is refused', (_name, bytes, code) => {
    expect(codeOf(() => decodeClientFrame(bytes))).toBe(code);
  });

  test('with unknown additional fields is read without them', () => {
    expect(
      decodeClientFrame(
        wire([
          [1, 1],
          [
            5,
            [
              [1, id],
              [2, 9],
              [30, 5],
              [31, id],
            ],
          ],
          [200, 1],
        ]),
      ),
    ).toEqual({
      requestId: 1,
      body: { type: 'subscribe', streamId, afterSeq: 9 },
    });
  });

  test('over the limit is refused unread', () => {
    expect(codeOf(() => decodeClientFrame(new Uint8Array(LIMITS.frameBytes + 1)))).toBe('TOO_LARGE');
  });

  test('holds no more payload, admissions or removals than the limits say', () => {
    const append = {
      type: 'append',
      streamId,
      dedupeId,
      kind: 'commit',
      payload: id,
      admissions: [],
      removedDeviceIds: [],
      adminDeviceIds: [],
    } as const;
    const payload = new Uint8Array(LIMITS.commitBytes + 1);
    expect(codeOf(() => encodeClientFrame({ requestId: 1, body: { ...append, payload } }))).toBe('TOO_LARGE');
    expect(
      codeOf(() =>
        decodeClientFrame(
          wire([
            [1, 1],
            [
              4,
              [
                [1, id],
                [2, id],
                [3, 1],
                [5, payload],
              ],
            ],
          ]),
        ),
      ),
    ).toBe('TOO_LARGE');
    const many = Array.from(
      { length: LIMITS.admissionsPerAppend + 1 },
      () =>
        [
          6,
          [
            [1, id],
            [2, id],
          ],
        ] as const,
    );
    expect(
      codeOf(() =>
        decodeClientFrame(
          wire([
            [1, 1],
            [4, [[1, id], [2, id], [3, 2], [5, id], ...many]],
          ]),
        ),
      ),
    ).toBe('TOO_LARGE');
  });

  test('cannot reach a prototype', () => {
    const frame = decodeClientFrame(
      subscribe([
        [1, id],
        [2, 9],
      ]),
    );
    expect(Object.keys(frame.body).sort()).toEqual(['afterSeq', 'streamId', 'type']);
    const hostile = { requestId: 1, body: { type: '__proto__' } } as never;
    expect(codeOf(() => encodeClientFrame(hostile))).toBe('MALFORMED');
    expect(codeOf(() => encodeClientFrame({ requestId: 1, body: { type: 'constructor' } } as never))).toBe(
      'MALFORMED',
    );
  });

  test('that cannot be written is refused by the encoder', () => {
    expect(codeOf(() => encodeClientFrame({ requestId: 0, body: { type: 'ping' } }))).toBe('MALFORMED');
    expect(
      codeOf(() => encodeClientFrame({ requestId: 1, body: { type: 'subscribe', streamId, afterSeq: -1 } })),
    ).toBe('MALFORMED');
    expect(
      codeOf(() => encodeClientFrame({ requestId: 1, body: { type: 'subscribe', streamId, afterSeq: 0.5 } })),
    ).toBe('MALFORMED');
    expect(
      codeOf(() =>
        encodeClientFrame({
          requestId: 1,
          body: { type: 'subscribe', streamId: messageId as never, afterSeq: 1 },
        }),
      ),
    ).toBe('BAD_ID');
  });
});

test('epoch 0 is not the same as no epoch', () => {
  const append = {
    type: 'append',
    streamId,
    dedupeId,
    kind: 'message',
    payload: id,
    admissions: [],
    removedDeviceIds: [],
    adminDeviceIds: [],
  } as const;
  const read = (expectEpoch?: number) =>
    decodeClientFrame(encodeClientFrame({ requestId: 1, body: { ...append, expectEpoch } })).body;
  expect(read(0)).toMatchObject({ expectEpoch: 0 });
  expect(read()).toMatchObject({ expectEpoch: undefined });
});

test('a server frame with a word that no version 1 relay says is UNSUPPORTED', () => {
  expect(codeOf(() => decodeServerFrame(wire([[11, [[1, utf8Encode('toString')]]]])))).toBe('UNSUPPORTED');
});

describe('content', () => {
  const content = (version: number, body: readonly (readonly [number, Value])[]) =>
    wire([[1, version], [2, id], [3, 1], ...body]);

  test('of another version, or of a kind this version does not know, is UNSUPPORTED', () => {
    expect(codeOf(() => decodeContent(content(1, [[5, []]])))).toBe('accepted');
    expect(codeOf(() => decodeContent(content(2, [[5, []]])))).toBe('UNSUPPORTED');
    expect(
      codeOf(() =>
        decodeContent(
          wire([
            [1, 9],
            [77, id],
          ]),
        ),
      ),
    ).toBe('UNSUPPORTED');
    expect(codeOf(() => decodeContent(content(1, [[90, []]])))).toBe('UNSUPPORTED');
    expect(
      codeOf(() =>
        decodeContent(
          wire([
            [2, id],
            [5, []],
          ]),
        ),
      ),
    ).toBe('MALFORMED');
  });

  test('has a text of at most the limit, counted in bytes', () => {
    const text = (characters: number) =>
      encodeContent({
        messageId,
        counter: 1,
        sentAtMs: 1,
        body: { type: 'text', text: 'é'.repeat(characters) },
      });
    expect(decodeContent(text(LIMITS.textBytes / 2)).body).toMatchObject({ type: 'text' });
    expect(codeOf(() => text(LIMITS.textBytes / 2 + 1))).toBe('TOO_LARGE');
  });

  test('with a flood of packed counters is refused at the limit', () => {
    const flood = new Uint8Array(LIMITS.missingPerMark + 1).fill(1);
    const receipt = (...missing: readonly Uint8Array[]) => {
      const mark = [[1, id], [2, 1], ...missing.map(counters => [3, counters] as const)] as const;
      return codeOf(() => decodeContent(content(1, [[6, [[1, mark]]]])));
    };
    expect(receipt(flood)).toBe('TOO_LARGE');
    expect(receipt(flood.slice(1))).toBe('accepted');
    expect(receipt(flood.slice(1), Uint8Array.of(1))).toBe('TOO_LARGE');
  });

  describe.each([
    ['a text', 5, 3],
    ['a timer', 15, 1],
  ] as const)('the time after which %s has messages go', (_, kind, field) => {
    const seconds = (value: number) => decodeContent(content(1, [[kind, [[field, value]]]])).body;

    test.each([LIMITS.disappearAfterMinS, LIMITS.disappearAfterMaxS])('may be %i s', value => {
      expect(Object.values(seconds(value))).toContain(value);
    });

    test.each([1, LIMITS.disappearAfterMinS - 1, LIMITS.disappearAfterMaxS + 1, Number.MAX_SAFE_INTEGER])(
      'is refused at %i s, read or written',
      value => {
        expect(codeOf(() => seconds(value))).toBe('MALFORMED');
        const body =
          kind === 5
            ? ({ type: 'text', text: 'soon gone', disappearAfterS: value } as const)
            : ({ type: 'timer', seconds: value } as const);
        expect(codeOf(() => encodeContent({ messageId, counter: 1, sentAtMs: 1, body }))).toBe('MALFORMED');
      },
    );

    test('is none where an older version wrote nothing, or where it is 0', () => {
      expect(codeOf(() => decodeContent(content(1, [[kind, []]])))).toBe('accepted');
      expect(decodeContent(content(1, [[kind, [[field, 0]]]]))).toEqual(
        decodeContent(content(1, [[kind, []]])),
      );
    });
  });

  test('keeps a byte order mark: texts are what was written', () => {
    const text = '\uFEFFhello';
    expect(
      decodeContent(encodeContent({ messageId, counter: 1, sentAtMs: 1, body: { type: 'text', text } })).body,
    ).toMatchObject({ text });
  });
});

test('a bundle without messages, or with a request beside them, is MALFORMED', () => {
  expect(codeOf(() => decodeBundle(wire([[1, 1]])))).toBe('MALFORMED');
  const askAgain = { deviceId: DeviceId.fromBytes(new Uint8Array(16)), signature: new Uint8Array(64) };
  expect(codeOf(() => encodeBundle({ mlsMessages: [new Uint8Array(1)], askAgain }))).toBe('MALFORMED');
});

test('a certificate that expires before it begins is MALFORMED on both sides', () => {
  const key = new Uint8Array(32);
  const backwards = {
    accountKey: key,
    deviceKey: key,
    createdAtMs: 2,
    expiresAtMs: 2,
    accountKind: 'guest',
  } as const;
  expect(codeOf(() => encodeDeviceCertificate(backwards))).toBe('MALFORMED');
  expect(
    codeOf(() =>
      decodeDeviceCertificate(
        wire([
          [1, 1],
          [2, key],
          [3, key],
          [4, 2],
          [5, 1],
          [6, 2],
        ]),
      ),
    ),
  ).toBe('MALFORMED');
});

test('the MAC of a join request covers everything before it', () => {
  const request = { name: 'Ada', keyPackage: id, sentAtMs: 5, mac: new Uint8Array(32).fill(1) };
  const input = joinRequestMacInput(request);
  expect(encodeJoinRequest(request).subarray(0, input.length)).toEqual(input);
  expect(joinRequestMacInput(decodeJoinRequest(encodeJoinRequest(request)))).toEqual(input);
  for (const changed of [{ name: 'Eve' }, { keyPackage: new Uint8Array(16) }, { sentAtMs: 6 }]) {
    expect(joinRequestMacInput({ ...request, ...changed })).not.toEqual(input);
  }
});

describe('a device list', () => {
  const key = new Uint8Array(32);
  const device = [4, [[1, id]]] as const;
  const devices = (count: number) => Array.from({ length: count }, () => device);
  const revoked = (count: number) =>
    Array.from({ length: count }, (_, n) => [5, new Uint8Array(16).fill(n)] as const);
  const list = (version: number, counter: number, ...more: readonly (readonly [number, Value])[]) =>
    codeOf(() => decodeDeviceList(wire([[1, version], [2, key], [3, counter], ...more])));

  test('by hand is read', () => {
    expect(list(1, 1, device)).toBe('accepted');
    expect(list(1, 7, ...devices(20), ...revoked(100))).toBe('accepted');
  });

  test.each<[string, string, string]>([
    ['of another version', list(2, 1, device), 'UNSUPPORTED'],
    ['with counter 0', list(1, 0, device), 'MALFORMED'],
    ['without a device', list(1, 1), 'MALFORMED'],
    ['with a device without a certificate', list(1, 1, [4, [[2, id]]]), 'MALFORMED'],
    [
      'with a name that is too long',
      list(1, 1, [
        4,
        [
          [1, id],
          [2, new Uint8Array(257)],
        ],
      ]),
      'TOO_LARGE',
    ],
    ['with 21 devices', list(1, 1, ...devices(21)), 'TOO_LARGE'],
    ['with 101 revoked ones', list(1, 1, device, ...revoked(101)), 'TOO_LARGE'],
    ['with one revoked twice', list(1, 1, device, [5, id], [5, id]), 'MALFORMED'],
    ['that goes on and on', list(1, 1, device, [99, new Uint8Array(LIMITS.deviceListBytes)]), 'TOO_LARGE'],
  ])('%s is refused', (_what, code, expected) => {
    expect(code).toBe(expected);
  });

  test('that would be refused cannot be written', () => {
    const one = { certificate: id, sealedName: id };
    const deviceId = DeviceId.fromBytes(id);
    const good = { accountKey: key, counter: 1, devices: [one], revokedDeviceIds: [deviceId] };
    expect(decodeDeviceList(encodeDeviceList(good))).toEqual(good);
    for (const bad of [
      { counter: 0 },
      { devices: [] },
      { devices: Array.from({ length: 21 }, () => one) },
      { revokedDeviceIds: [deviceId, deviceId] },
    ]) {
      expect(codeOf(() => encodeDeviceList({ ...good, ...bad }))).not.toBe('accepted');
    }
  });

  test('without a signature is refused', () => {
    expect(codeOf(() => decodeSignedDeviceList(wire([[1, id]])))).toBe('MALFORMED');
    expect(
      codeOf(() =>
        decodeSignedDeviceList(
          wire([
            [1, id],
            [2, new Uint8Array(63)],
          ]),
        ),
      ),
    ).toBe('MALFORMED');
  });
});

describe('messages about accounts', () => {
  test.each(['Mara', '@mara', 'ma', 'm\u0430ra', '', `m${'a'.repeat(32)}`])(
    'take a handle only as it is registered, not %j',
    text => {
      const start = (handle: string) =>
        codeOf(() =>
          decodeSignInStart(
            wire([
              [1, utf8Encode(handle)],
              [2, new Uint8Array(96)],
            ]),
          ),
        );
      expect(start('mara')).toBe('accepted');
      expect(['BAD_ID', 'TOO_LARGE']).toContain(start(text));
      expect(
        codeOf(() =>
          encodeClientFrame({ requestId: 1, body: { type: 'lookUpHandle', handle: text as never } }),
        ),
      ).not.toBe('accepted');
    },
  );

  test('take OPAQUE’s messages in their one size only', () => {
    const started = (sizeBytes: number) =>
      codeOf(() =>
        decodeSignInStarted(
          wire([
            [1, id],
            [2, new Uint8Array(sizeBytes)],
          ]),
        ),
      );
    expect(started(320)).toBe('accepted');
    expect(started(319)).toBe('MALFORMED');
    expect(started(321)).toBe('TOO_LARGE');
  });

  test('a registration has all that is stored, and bundles of at most 4 KiB', () => {
    const key = new Uint8Array(32);
    const fields: readonly (readonly [number, Value])[] = [
      [1, 1],
      [2, utf8Encode('mara')],
      [3, utf8Encode('https://relay.example')],
      [4, key],
      [5, new Uint8Array(192)],
      [6, new Uint8Array(4_096)],
      [7, new Uint8Array(4_096)],
      [8, key],
      [9, id],
    ];
    expect(codeOf(() => decodeRegistration(wire(fields)))).toBe('accepted');
    for (const missing of [2, 4, 5, 6, 7, 8, 9]) {
      const rest = fields.filter(([number]) => number !== missing);
      expect([missing, codeOf(() => decodeRegistration(wire(rest)))]).toEqual([missing, 'MALFORMED']);
    }
    const larger = fields.map(([number, value]) =>
      number === 7 ? ([number, new Uint8Array(4_097)] as const) : ([number, value] as const),
    );
    expect(codeOf(() => decodeRegistration(wire(larger)))).toBe('TOO_LARGE');
  });

  test('hold no more than the limits say', () => {
    const keyPackages = (count: number, sizeBytes: number) =>
      codeOf(() =>
        encodeClientFrame({
          requestId: 1,
          body: {
            type: 'publishKeyPackages',
            keyPackages: Array.from({ length: count }, () => new Uint8Array(sizeBytes)),
            lastResort: new Uint8Array(sizeBytes),
            replace: false,
          },
        }),
      );
    expect(keyPackages(100, 4_096)).toBe('accepted');
    expect(keyPackages(101, 10)).toBe('TOO_LARGE');
    expect(keyPackages(1, 4_097)).toBe('TOO_LARGE');
  });
});
