import { LIMITS } from './limits.ts';
import { bytes, exactBytes, someBytes } from './wire/field.ts';
import { decode, encode, message } from './wire/message.ts';

/**
 * `POST /api/accounts/devices/offer`: a new device leaves what one that is in needs to add it. The same again changes
 * nothing. Sealed: the relay has neither the key nor anything that gives it.
 */
export interface LeaveDeviceOffer {
  /** 16 bytes that only who has the new device's code knows. */
  readonly token: Uint8Array;
  readonly sealed: Uint8Array;
}

/**
 * `POST /api/accounts/devices/answer`: by a device that is in, or whoever else has the code. Once; the same again
 * changes nothing.
 */
export type LeaveDeviceAnswer = LeaveDeviceOffer;

/** `POST /api/accounts/devices/offer/read` and `…/answer/read`. */
export interface ReadDeviceMail {
  readonly token: Uint8Array;
}

/** What waits there. Empty: the answer has not come yet. */
export interface DeviceMail {
  readonly sealed: Uint8Array;
}

const TOKEN_BYTES = 16;

export const leaveDeviceOfferCodec = message<LeaveDeviceOffer>({
  token: exactBytes(1, TOKEN_BYTES),
  sealed: someBytes(2, LIMITS.deviceOfferBytes),
});

export const leaveDeviceAnswerCodec = message<LeaveDeviceAnswer>({
  token: exactBytes(1, TOKEN_BYTES),
  sealed: someBytes(2, LIMITS.deviceAnswerBytes),
});

export const readDeviceMailCodec = message<ReadDeviceMail>({ token: exactBytes(1, TOKEN_BYTES) });

export const deviceMailCodec = message<DeviceMail>({ sealed: bytes(1, LIMITS.deviceAnswerBytes) });

export function encodeLeaveDeviceOffer(leave: LeaveDeviceOffer): Uint8Array {
  return encode(leaveDeviceOfferCodec, leave, LIMITS.accountBodyBytes);
}

/** Throws `ProtocolError`, as all decoders here. */
export function decodeLeaveDeviceOffer(body: Uint8Array): LeaveDeviceOffer {
  return decode(leaveDeviceOfferCodec, body, LIMITS.accountBodyBytes);
}

export function encodeLeaveDeviceAnswer(leave: LeaveDeviceAnswer): Uint8Array {
  return encode(leaveDeviceAnswerCodec, leave, LIMITS.accountBodyBytes);
}

export function decodeLeaveDeviceAnswer(body: Uint8Array): LeaveDeviceAnswer {
  return decode(leaveDeviceAnswerCodec, body, LIMITS.accountBodyBytes);
}

export function encodeReadDeviceMail(read: ReadDeviceMail): Uint8Array {
  return encode(readDeviceMailCodec, read, LIMITS.accountBodyBytes);
}

export function decodeReadDeviceMail(body: Uint8Array): ReadDeviceMail {
  return decode(readDeviceMailCodec, body, LIMITS.accountBodyBytes);
}

export function encodeDeviceMail(mail: DeviceMail): Uint8Array {
  return encode(deviceMailCodec, mail, LIMITS.accountBodyBytes);
}

export function decodeDeviceMail(body: Uint8Array): DeviceMail {
  return decode(deviceMailCodec, body, LIMITS.accountBodyBytes);
}
