/**
 * The relay: an ordered log service that carries ciphertext.
 *
 * For the command:
 *
 *     const server = createRelayServer({ dataDirectory, webDirectory, hostPort: 8080, guestPort: 8443 });
 *     await server.start();            // or RelayServerError: PORT_TAKEN (with `port`), DATA_DIRECTORY_IN_USE, …
 *     server.addresses();              // [{ kind: 'this-computer', origin: 'http://localhost:8080' }, …]
 *     server.certificateFingerprint(); // 'AB:CD:…'
 *     await server.stop();             // everyone is told to come back, the WAL is written into the database
 *
 * For simulation and tests, without sockets, disk, timers or clock:
 *
 *     const relay = new Relay({ store: createMemoryStore(), bus: createInProcessBus(), nowMs, random, scheduler });
 *     const connection = relay.connect({ listenerRole: 'host', origins, remoteAddress, send, close, bufferedBytes });
 *     connection.receive(frame); connection.drained(); connection.closed();
 *
 * Accounts over HTTP are `relay.accounts`: each method is one route of directory.proto.
 *
 * Whoever writes a store runs `streamStoreContract` against it, and `directoryContract` against a directory.
 */

export type { RegistrationMode } from '@sotto/protocol';
export type { Accounts, Asker } from './accounts/accounts.ts';
export type { BlobStore } from './blobStore.ts';
export { type Bus, type BusEvent, createInProcessBus } from './bus.ts';
export type { Directory } from './directory.ts';
export type { RelayAddress } from './http/hostApi.ts';
export { accountIdOf, deviceIdOf, inboxIdOf } from './identity.ts';
export { noObserver, type RelayObserver } from './observer.ts';
export { Refusal, type RefusalFacts } from './refusal.ts';
export { type InviteReport, Relay, type RelayOptions } from './relay.ts';
export { RelayServerError, type RelayServerErrorCode } from './relayServerError.ts';
export type { Scheduler } from './scheduler.ts';
export { createRelayServer, type RelayServer, type RelayServerOptions } from './server.ts';
export type { Link, RelayConnection } from './session/link.ts';
export { DEFAULT_QUOTAS, type Quotas } from './session/quotas.ts';
export { blobStoreContract } from './store/blobStoreContract.ts';
export { type DirectoryPlace, directoryContract } from './store/directoryContract.ts';
export { createMemoryDirectory, MemoryDirectoryTables } from './store/memoryDirectory.ts';
export { createMemoryStore } from './store/memoryStore.ts';
export { MemoryTables } from './store/memoryTables.ts';
export { createSqliteStore } from './store/sqliteStore.ts';
export { DEFAULT_STORAGE_LIMITS, type StorageLimits } from './store/storageLimits.ts';
export { type ContractPlace, streamStoreContract } from './store/streamStoreContract.ts';
export type { StreamStore } from './streamStore.ts';
