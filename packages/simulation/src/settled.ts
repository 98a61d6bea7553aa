/**
 * Resolves when every promise that can go on has gone on. Nothing in a simulation waits for the outside world (no
 * files, no sockets, no WebCrypto), so all that is left then waits for virtual time.
 */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
