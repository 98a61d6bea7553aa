import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as arbitrary from './arbitrary.fixture.ts';
import { blobReferenceCodec, decodeBlobReference, encodeBlobReference } from './blobReference.ts';
import { clientFrameCodec, decodeClientFrame, encodeClientFrame } from './clientFrame.ts';
import {
  bundleCodec,
  contentCodec,
  decodeBundle,
  decodeContent,
  encodeBundle,
  encodeContent,
} from './content.ts';
import {
  decodeDeviceCertificate,
  decodeSignedDeviceCertificate,
  deviceCertificateCodec,
  encodeDeviceCertificate,
  encodeSignedDeviceCertificate,
  signedDeviceCertificateCodec,
} from './deviceCertificate.ts';
import {
  decodeDeviceList,
  decodeSignedDeviceList,
  deviceListCodec,
  encodeDeviceList,
  encodeSignedDeviceList,
  signedDeviceListCodec,
} from './deviceList.ts';
import * as deviceOffer from './deviceOffer.ts';
import { ProtocolError } from './errors.ts';
import * as blob from './generated/sotto/content/v1/blob_pb.ts';
import * as content from './generated/sotto/content/v1/content_pb.ts';
import * as directory from './generated/sotto/wire/v1/directory_pb.ts';
import * as frames from './generated/sotto/wire/v1/frames_pb.ts';
import * as identity from './generated/sotto/wire/v1/identity_pb.ts';
import { BlobId } from './ids.ts';
import {
  decodeJoinAnswer,
  decodeJoinRequest,
  encodeJoinAnswer,
  encodeJoinRequest,
  joinAnswerCodec,
  joinRequestCodec,
} from './joinRequest.ts';
import { LIMITS } from './limits.ts';
import * as passkey from './passkey.ts';
import * as registration from './registration.ts';
import {
  decodeRoomCard,
  decodeRoomPolicy,
  encodeRoomCard,
  encodeRoomPolicy,
  roomCardCodec,
  roomPolicyCodec,
} from './room.ts';
import { decodeSealedDelivery, encodeSealedDelivery, sealedDeliveryCodec } from './sealedFrames.ts';
import { decodeSignedSealedKeys, encodeSignedSealedKeys, signedSealedKeysCodec } from './sealedKeys.ts';
import { decodeServerFrame, encodeServerFrame, serverFrameCodec } from './serverFrame.ts';
import * as signIn from './signIn.ts';
import { decodeTrustRecord, encodeTrustRecord, trustRecordCodec } from './trustRecord.ts';
import { encode, type MessageCodec } from './wire/message.ts';

interface Case<T> {
  readonly name: string;
  readonly values: fc.Arbitrary<T>;
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => T;
  readonly codec: MessageCodec<T>;
  readonly schema: GenMessage<never>;
}

const of = <T>(
  name: string,
  values: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T,
  codec: unknown,
  schema: unknown,
) => ({ name, values, encode, decode, codec, schema }) as unknown as Case<unknown>;

const CASES = [
  of(
    'ClientFrame',
    arbitrary.clientFrames,
    encodeClientFrame,
    decodeClientFrame,
    clientFrameCodec,
    frames.ClientFrameSchema,
  ),
  of(
    'ServerFrame',
    arbitrary.serverFrames,
    encodeServerFrame,
    decodeServerFrame,
    serverFrameCodec,
    frames.ServerFrameSchema,
  ),
  of(
    'SignedDeviceCertificate',
    arbitrary.signedDeviceCertificates,
    encodeSignedDeviceCertificate,
    decodeSignedDeviceCertificate,
    signedDeviceCertificateCodec,
    identity.SignedDeviceCertificateSchema,
  ),
  of(
    'DeviceCertificate',
    arbitrary.deviceCertificates,
    encodeDeviceCertificate,
    decodeDeviceCertificate,
    deviceCertificateCodec,
    identity.DeviceCertificateSchema,
  ),
  of(
    'SignedDeviceList',
    arbitrary.signedDeviceLists,
    encodeSignedDeviceList,
    decodeSignedDeviceList,
    signedDeviceListCodec,
    identity.SignedDeviceListSchema,
  ),
  of(
    'DeviceList',
    arbitrary.deviceLists,
    encodeDeviceList,
    decodeDeviceList,
    deviceListCodec,
    identity.DeviceListSchema,
  ),
  of(
    'SignedSealedKeys',
    arbitrary.signedSealedKeys,
    encodeSignedSealedKeys,
    decodeSignedSealedKeys,
    signedSealedKeysCodec,
    identity.SignedSealedKeysSchema,
  ),
  of(
    'SealedDelivery',
    arbitrary.sealedDeliveries,
    encodeSealedDelivery,
    decodeSealedDelivery,
    sealedDeliveryCodec,
    frames.SealedDeliverySchema,
  ),
  of(
    'RegistrationPolicy',
    arbitrary.registrationPolicies,
    registration.encodeRegistrationPolicy,
    registration.decodeRegistrationPolicy,
    registration.registrationPolicyCodec,
    directory.RegistrationPolicySchema,
  ),
  of(
    'RegisterStart',
    arbitrary.registerStarts,
    registration.encodeRegisterStart,
    registration.decodeRegisterStart,
    registration.registerStartCodec,
    directory.RegisterStartSchema,
  ),
  of(
    'RegisterStarted',
    arbitrary.registerStarteds,
    registration.encodeRegisterStarted,
    registration.decodeRegisterStarted,
    registration.registerStartedCodec,
    directory.RegisterStartedSchema,
  ),
  of(
    'RegisterFinish',
    arbitrary.registerFinishes,
    registration.encodeRegisterFinish,
    registration.decodeRegisterFinish,
    registration.registerFinishCodec,
    directory.RegisterFinishSchema,
  ),
  of(
    'Registration',
    arbitrary.registrations,
    registration.encodeRegistration,
    registration.decodeRegistration,
    registration.registrationCodec,
    directory.RegistrationSchema,
  ),
  of(
    'SignInStart',
    arbitrary.signInStarts,
    signIn.encodeSignInStart,
    signIn.decodeSignInStart,
    signIn.signInStartCodec,
    directory.SignInStartSchema,
  ),
  of(
    'SignInStarted',
    arbitrary.signInStarteds,
    signIn.encodeSignInStarted,
    signIn.decodeSignInStarted,
    signIn.signInStartedCodec,
    directory.SignInStartedSchema,
  ),
  of(
    'SignInFinish',
    arbitrary.signInFinishes,
    signIn.encodeSignInFinish,
    signIn.decodeSignInFinish,
    signIn.signInFinishCodec,
    directory.SignInFinishSchema,
  ),
  of(
    'Recover',
    arbitrary.recovers,
    signIn.encodeRecover,
    signIn.decodeRecover,
    signIn.recoverCodec,
    directory.RecoverSchema,
  ),
  of(
    'SignedIn',
    arbitrary.signedIns,
    signIn.encodeSignedIn,
    signIn.decodeSignedIn,
    signIn.signedInCodec,
    directory.SignedInSchema,
  ),
  of(
    'Passkey',
    arbitrary.passkeys,
    passkey.encodePasskey,
    passkey.decodePasskey,
    passkey.passkeyCodec,
    directory.PasskeySchema,
  ),
  of(
    'PasskeyStart',
    arbitrary.passkeyStarts,
    passkey.encodePasskeyStart,
    passkey.decodePasskeyStart,
    passkey.passkeyStartCodec,
    directory.PasskeyStartSchema,
  ),
  of(
    'PasskeyStarted',
    arbitrary.passkeyStarteds,
    passkey.encodePasskeyStarted,
    passkey.decodePasskeyStarted,
    passkey.passkeyStartedCodec,
    directory.PasskeyStartedSchema,
  ),
  of(
    'PasskeyFinish',
    arbitrary.passkeyFinishes,
    passkey.encodePasskeyFinish,
    passkey.decodePasskeyFinish,
    passkey.passkeyFinishCodec,
    directory.PasskeyFinishSchema,
  ),
  of(
    'AddDevice',
    arbitrary.addDevices,
    signIn.encodeAddDevice,
    signIn.decodeAddDevice,
    signIn.addDeviceCodec,
    directory.AddDeviceSchema,
  ),
  of(
    'LeaveDeviceOffer',
    arbitrary.leaveDeviceMails,
    deviceOffer.encodeLeaveDeviceOffer,
    deviceOffer.decodeLeaveDeviceOffer,
    deviceOffer.leaveDeviceOfferCodec,
    directory.LeaveDeviceOfferSchema,
  ),
  of(
    'LeaveDeviceAnswer',
    arbitrary.leaveDeviceMails,
    deviceOffer.encodeLeaveDeviceAnswer,
    deviceOffer.decodeLeaveDeviceAnswer,
    deviceOffer.leaveDeviceAnswerCodec,
    directory.LeaveDeviceAnswerSchema,
  ),
  of(
    'ReadDeviceMail',
    arbitrary.readDeviceMails,
    deviceOffer.encodeReadDeviceMail,
    deviceOffer.decodeReadDeviceMail,
    deviceOffer.readDeviceMailCodec,
    directory.ReadDeviceMailSchema,
  ),
  of(
    'DeviceMail',
    arbitrary.deviceMails,
    deviceOffer.encodeDeviceMail,
    deviceOffer.decodeDeviceMail,
    deviceOffer.deviceMailCodec,
    directory.DeviceMailSchema,
  ),
  of('Content', arbitrary.contents, encodeContent, decodeContent, contentCodec, content.ContentSchema),
  of('Bundle', arbitrary.bundles, encodeBundle, decodeBundle, bundleCodec, content.BundleSchema),
  of(
    'RoomPolicy',
    arbitrary.roomPolicies,
    encodeRoomPolicy,
    decodeRoomPolicy,
    roomPolicyCodec,
    content.RoomPolicySchema,
  ),
  of(
    'TrustRecord',
    arbitrary.trustRecords,
    encodeTrustRecord,
    decodeTrustRecord,
    trustRecordCodec,
    content.TrustRecordSchema,
  ),
  of('RoomCard', arbitrary.roomCards, encodeRoomCard, decodeRoomCard, roomCardCodec, content.RoomCardSchema),
  of(
    'JoinRequest',
    arbitrary.joinRequests,
    encodeJoinRequest,
    decodeJoinRequest,
    joinRequestCodec,
    content.JoinRequestSchema,
  ),
  of(
    'JoinAnswer',
    arbitrary.joinAnswers,
    encodeJoinAnswer,
    decodeJoinAnswer,
    joinAnswerCodec,
    content.JoinAnswerSchema,
  ),
  of(
    'BlobReference',
    arbitrary.blobReferences,
    encodeBlobReference,
    decodeBlobReference,
    blobReferenceCodec,
    blob.BlobReferenceSchema,
  ),
];

function refusesOrReads(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  try {
    decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
  }
}

test('a sealed delivery has the message or says where it lies, and never both or neither', () => {
  const blobId = BlobId.fromBytes(new Uint8Array(16));
  const stored = { blobId, sizeBytes: LIMITS.sealedPostBytes, hash: new Uint8Array(32) };
  const fields = { sourceId: undefined, message: new Uint8Array(0), stored: undefined };
  const refused = (change: object) => {
    const bytes = encode(sealedDeliveryCodec, { ...fields, ...change }, LIMITS.payloadBytes);
    expect(() => decodeSealedDelivery(bytes)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  };
  refused({});
  refused({ message: Uint8Array.of(1), stored });
  refused({ stored: { ...stored, sizeBytes: LIMITS.sealedPostBytes + 1 } });
  refused({ stored: { ...stored, sizeBytes: LIMITS.sealedMessageBytes } });
  expect(decodeSealedDelivery(encodeSealedDelivery({ stored })).stored).toEqual(stored);
});

describe.each(CASES)('$name', ({ values, encode, decode, codec, schema }) => {
  test('decodes to what was encoded', () => {
    fc.assert(
      fc.property(values, value => {
        expect(decode(encode(value))).toEqual(value);
      }),
    );
  });

  test('has the bytes that the protobuf runtime gives the same value', () => {
    fc.assert(
      fc.property(values, value => {
        const bytes = encode(value);
        const message = fromBinary(schema, bytes) as { $unknown?: unknown };
        expect(message.$unknown).toBeUndefined();
        expect(toBinary(schema, message as never)).toEqual(bytes);
      }),
    );
  });

  test('has exactly the fields of the schema', () => {
    expect(fieldsOf(codec)).toEqual(fieldsOfSchema(schema as unknown as Descriptor));
  });

  test('refuses every truncation or reads it as something shorter', () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, cut) => {
        const bytes = encode(value);
        refusesOrReads(decode, bytes.subarray(0, cut % bytes.length));
      }),
    );
  });

  test('answers random and mutated bytes with a ProtocolError or a value', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), bytes => refusesOrReads(decode, bytes)));
    fc.assert(
      fc.property(
        values,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (value, flips) => {
          const bytes = encode(value).slice();
          for (const [at, byte] of flips) bytes[at % bytes.length]! = byte;
          refusesOrReads(decode, bytes);
        },
      ),
    );
  });

  test('keeps nothing of the bytes it read', () => {
    fc.assert(
      fc.property(values, value => {
        const bytes = encode(value);
        const decoded = decode(bytes);
        bytes.fill(0xff);
        expect(decoded).toEqual(value);
      }),
    );
  });
});

// What a codec says of itself, and what the generated descriptor says: both as plain data.
type Shape = Record<string, string>;

interface Descriptor {
  readonly typeName: string;
  readonly fields: readonly DescriptorField[];
}

interface DescriptorField {
  readonly localName: string;
  readonly number: number;
  readonly fieldKind: 'scalar' | 'enum' | 'message' | 'list';
  readonly listKind?: 'scalar' | 'enum' | 'message';
  readonly scalar?: number;
  readonly enum?: {
    readonly values: readonly { readonly number: number; readonly name: string }[];
    readonly sharedPrefix?: string;
  };
  readonly message?: Descriptor;
  readonly oneof?: { readonly localName: string };
  readonly proto: { readonly proto3Optional: boolean };
}

const SCALARS: Record<number, string> = { 4: 'uint64', 8: 'bool', 9: 'string', 12: 'bytes', 13: 'uint32' };

function fieldsOf(codec: MessageCodec<unknown>, path = '', shape: Shape = {}): Shape {
  if (codec.versioned) shape[`${path}version`] = '1 uint32';
  for (const field of codec.fields) {
    const words = field.enumeration?.slice(1).join('|');
    const kind = words === undefined ? field.kind : `enum ${words}`;
    shape[path + field.name] =
      `${field.number} ${field.repeated ? 'repeated ' : ''}${field.explicit ? 'optional ' : ''}${kind}`;
    if (field.message) fieldsOf(field.message, `${path}${field.name}.`, shape);
  }
  for (const { type, number, codec: alternative } of codec.body?.alternatives ?? []) {
    shape[path + type] = `${number} body message`;
    fieldsOf(alternative, `${path}${type}.`, shape);
  }
  return shape;
}

function fieldsOfSchema(descriptor: Descriptor, path = '', shape: Shape = {}): Shape {
  for (const field of descriptor.fields) {
    const kind = field.fieldKind === 'list' ? field.listKind : field.fieldKind;
    const words = field.enum?.values
      .filter(value => value.number > 0)
      .map(value => value.name.slice(field.enum!.sharedPrefix!.length).toLowerCase().replaceAll('_', '-'));
    const name =
      kind === 'enum' ? `enum ${words!.join('|')}` : kind === 'message' ? 'message' : SCALARS[field.scalar!];
    const flags = `${field.fieldKind === 'list' ? 'repeated ' : ''}${field.proto.proto3Optional ? 'optional ' : ''}${field.oneof ? 'body ' : ''}`;
    shape[path + field.localName] = `${field.number} ${flags}${name}`;
    if (field.message) fieldsOfSchema(field.message, `${path}${field.localName}.`, shape);
  }
  return shape;
}
