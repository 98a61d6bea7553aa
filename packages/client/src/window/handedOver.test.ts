import { MessageId } from '@sotto/protocol';
import { expect, it } from 'vitest';
import type { OutgoingFile } from '../fileIntents.ts';
import type { EnginePort } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import { connectEngine } from './connectEngine.ts';
import type { Channel } from './messages.ts';
import { serveEngine } from './serveEngine.ts';

const ROOM = 'str_0000000000000000000001' as RoomId;
const MESSAGE = MessageId.fromBytes(new Uint8Array(16));

/** An engine that keeps the bytes of a file that it is given, and gives them back. */
class Keeper {
  kept: Uint8Array | undefined;

  subscribe(): () => void {
    return () => undefined;
  }

  async sendFile(_roomId: RoomId, { bytes }: OutgoingFile) {
    this.kept = bytes;
    return { messageId: MESSAGE };
  }

  async readFile() {
    return { name: 'a', mediaType: 'b/c', bytes: this.kept };
  }

  async close(): Promise<void> {}
}

function connected(): { readonly port: EnginePort; readonly keeper: Keeper; readonly close: () => void } {
  const { port1, port2 } = new MessageChannel();
  const keeper = new Keeper();
  const served = { engineId: 'one', openWindow: () => keeper as unknown as EnginePort };
  const random = (lengthBytes: number) => new Uint8Array(lengthBytes);
  serveEngine(port2 as unknown as Channel, served);
  port2.start();
  const port = connectEngine(port1 as unknown as Channel, { windowId: 'w', random });
  port1.start();
  return { port, keeper, close: () => port1.close() };
}

const file = (bytes: Uint8Array): OutgoingFile => ({ name: 'a', mediaType: 'b/c', bytes });

it('the bytes of a file change hands, there and back, without a copy', async () => {
  const { port, keeper, close } = connected();
  const bytes = Uint8Array.of(1, 2, 3);
  await port.sendFile(ROOM, file(bytes));
  expect(keeper.kept).toEqual(Uint8Array.of(1, 2, 3));
  expect(bytes.byteLength).toBe(0);
  const read = await port.readFile(ROOM, MESSAGE);
  expect(read?.bytes).toEqual(Uint8Array.of(1, 2, 3));
  expect(keeper.kept?.byteLength).toBe(0);
  close();
});

it('what stands beside them in the same buffer does not cross, and stays', async () => {
  const { port, keeper, close } = connected();
  const larger = Uint8Array.of(9, 1, 2, 9);
  await port.sendFile(ROOM, file(larger.subarray(1, 3)));
  expect(keeper.kept).toEqual(Uint8Array.of(1, 2));
  expect(keeper.kept?.buffer.byteLength).toBe(2);
  expect(larger).toEqual(Uint8Array.of(9, 1, 2, 9));
  close();
});
