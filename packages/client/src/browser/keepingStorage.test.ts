import { describe, expect, it } from 'vitest';
import { ClientError, type EnginePort } from '../intents.ts';
import type { EngineEvent, EngineState, RoomView } from '../projection.ts';
import { askingForStorage } from './keepingStorage.ts';

const EMPTY = { self: { name: 'Anna' }, mayHost: true, rooms: [] } as unknown as EngineState;

/** A port that is in a state, and does what it is asked, or not. */
function portIn(state: EngineState, refuses = false): EnginePort {
  const answer = async () => {
    if (refuses) throw new ClientError('OFFLINE', 'no');
    return {};
  };
  return {
    startRoom: answer,
    setPassphrase: answer,
    addPasskey: answer,
    makeRecoveryCode: answer,
    subscribe: (listener: (event: EngineEvent) => void) => {
      listener({ type: 'state', state });
      return () => undefined;
    },
  } as unknown as EnginePort;
}

async function asksFor(
  state: EngineState,
  work: (port: EnginePort) => Promise<unknown>,
  refuses = false,
): Promise<number> {
  let asked = 0;
  const port = askingForStorage(portIn(state, refuses), async () => {
    asked++;
    throw new Error('a browser that fails at it');
  });
  await work(port).catch(() => undefined);
  return asked;
}

const start = (port: EnginePort) => port.startRoom({ title: 'Kitchen', invite: {} as never });

describe('asking the browser to keep what is stored', () => {
  it('when a host has started its first room, and not for the next', async () => {
    expect(await asksFor(EMPTY, start)).toBe(1);
    expect(await asksFor({ ...EMPTY, rooms: [{} as RoomView] }, start)).toBe(0);
    expect(await asksFor(EMPTY, start, true)).toBe(0);
  });

  it('when somebody has set a lock', async () => {
    const guest = { ...EMPTY, mayHost: false, rooms: [{} as RoomView] };
    expect(await asksFor(guest, port => port.setPassphrase('correct horse'))).toBe(1);
    expect(await asksFor(guest, port => port.addPasskey({} as never))).toBe(1);
    expect(await asksFor(guest, port => port.makeRecoveryCode())).toBe(1);
    expect(await asksFor(guest, port => port.setPassphrase('correct horse'), true)).toBe(0);
  });
});
