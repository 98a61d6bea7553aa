/**
 * Large bytes in what goes through a channel: handed over, not copied, where they fill their buffer. Those that are a
 * part of a larger one are cut out of it first, so that no other bytes cross.
 */
export function handedOver<T>(value: T): { readonly value: T; readonly transfer: ArrayBuffer[] } {
  if (!isCarrier(value)) return { value, transfer: [] };
  const whole =
    value.bytes.byteLength === value.bytes.buffer.byteLength && value.bytes.buffer instanceof ArrayBuffer;
  const bytes = whole ? value.bytes : value.bytes.slice();
  return { value: { ...value, bytes }, transfer: [bytes.buffer as ArrayBuffer] };
}

/** A file, as it is sent or read. */
function isCarrier(value: unknown): value is { readonly bytes: Uint8Array } {
  return typeof value === 'object' && value !== null && 'bytes' in value && value.bytes instanceof Uint8Array;
}
