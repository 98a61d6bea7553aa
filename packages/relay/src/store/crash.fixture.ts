import { type Append, DedupeId, DeviceId, StreamId } from '@sotto/protocol';
import { createSqliteStore } from './sqliteStore.ts';

// The process that sqliteStore.test.ts kills: appends and acknowledges as fast as it can, and says on stdout
// what was answered, after it was answered.

const [path = '', run = '0'] = process.argv.slice(2);
const streamId = StreamId.fromBytes(new Uint8Array(16).fill(1));
const [ada, ben] = [2, 3].map(fill => DeviceId.fromBytes(new Uint8Array(16).fill(fill))) as [
  DeviceId,
  DeviceId,
];
const store = createSqliteStore({ path });
const by = (deviceId: DeviceId) => ({ deviceId, nowMs: Date.now() });

function append(n: number): Append {
  const dedupe = new Uint8Array(16);
  new DataView(dedupe.buffer).setUint32(0, Number(run));
  new DataView(dedupe.buffer).setUint32(4, n);
  return {
    streamId,
    dedupeId: DedupeId.fromBytes(dedupe),
    kind: 'message',
    expectEpoch: 1,
    payload: new Uint8Array(200).fill(n % 256),
    admissions: [],
    removedDeviceIds: [],
    adminDeviceIds: [],
  };
}

if ((await store.status(ada, streamId)) === undefined) {
  await store.createStream(by(ada), streamId);
  const commit = { ...append(0), kind: 'commit', expectEpoch: 0 } as const;
  await store.append(by(ada), {
    ...commit,
    admissions: [{ deviceId: ben, welcome: new Uint8Array(1), inviteToken: undefined }],
  });
}

let n = 0;
for (;;) {
  const batch = Array.from({ length: 8 }, () => append(++n));
  const answers = await Promise.all(batch.map(one => store.append(by(ada), one)));
  const lines = answers.map(({ seq }, i) => `append ${batch[i]!.dedupeId} ${seq}\n`);
  const seq = answers.at(-1)!.seq - 4;
  await Promise.all([ada, ben].map(device => store.acknowledge(by(device), streamId, seq)));
  process.stdout.write(`${lines.join('')}acknowledge ${seq}\n`);
}
