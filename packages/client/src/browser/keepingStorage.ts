import type { EnginePort } from '../intents.ts';

/**
 * The port, with `ask` called when a person has just chosen to keep something here: a host that has started its first
 * room, whoever has set a lock. Browsers that ask the person do it then; nobody waits for the answer.
 */
export function askingForStorage(port: EnginePort, ask: () => Promise<unknown>): EnginePort {
  let mayStartFirst = false;
  port.subscribe(event => {
    if (event.type !== 'state' || event.state.self === undefined) return;
    mayStartFirst = event.state.mayHost === true && event.state.rooms.length === 0;
  });
  const thenAsking = async <T>(asked: Promise<T>, worthIt = true): Promise<T> => {
    const done = await asked;
    if (worthIt) void ask().catch(() => undefined);
    return done;
  };
  return {
    ...port,
    startRoom: options => thenAsking(port.startRoom(options), mayStartFirst),
    setPassphrase: (...args) => thenAsking(port.setPassphrase(...args)),
    addPasskey: passkey => thenAsking(port.addPasskey(passkey)),
    makeRecoveryCode: () => thenAsking(port.makeRecoveryCode()),
  };
}
