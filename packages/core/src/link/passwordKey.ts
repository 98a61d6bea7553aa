/** `PasswordKey` by hash-wasm; its own entry (`@sotto/core/password`) so that it is loaded only where it is needed. */
export function passwordKey(_password: string, _salt: Uint8Array): Promise<Uint8Array> {
  return Promise.reject(new Error('not built yet'));
}
