import type { RoomView } from '@sotto/client';
import type { Device } from './device.ts';
import type { Evidence, RoomLog, Stay } from './history.ts';
import { roomName, type World } from './world.ts';

/** How long things may take to come to rest once nothing goes wrong any more. */
const LONGEST_MS = 15 * 60_000;
const LOOK_EVERY_MS = 5_000;
/** Receipts and key updates come late: quiet is what stays quiet. */
const QUIET_LOOKS = 4;

/** Mends everything, lets everyone catch up, and looks at what they have. */
export async function comeToRest(world: World): Promise<Evidence> {
  world.say('from here on nothing goes wrong');
  mend(world);
  const unfinished = await untilQuiet(world);
  world.say(unfinished.length === 0 ? 'all is quiet' : `not quiet: ${unfinished.join('; ')}`);
  const logs: RoomLog[] = [];
  for (const device of world.devices) logs.push(...(await logsOf(world, device)));
  const { history } = world;
  return {
    texts: history.texts,
    logs,
    stays: staysOf(world),
    seenTwice: history.repeats,
    endedRooms: [...history.endedRooms],
    unfinished,
    crashes: history.crashes,
  };
}

function mend(world: World): void {
  world.relay.start();
  for (const device of world.devices) {
    world.network.heal(device.who);
    device.diskFull = false;
    device.faults.length = 0;
  }
}

async function untilQuiet(world: World): Promise<readonly string[]> {
  const untilMs = world.time.nowMs() + LONGEST_MS;
  let quietLooks = 0;
  let unfinished: readonly string[] = [];
  while (world.time.nowMs() < untilMs) {
    for (const device of world.devices) attend(world, device);
    await world.time.advance(LOOK_EVERY_MS);
    unfinished = await unfinishedIn(world);
    quietLooks = unfinished.length === 0 ? quietLooks + 1 : 0;
    if (quietLooks === QUIET_LOOKS) return [];
  }
  return unfinished;
}

/** What a person does who wants everything to come to an end. */
function attend(world: World, device: Device): void {
  if (!device.isRunning || isStoppedByItsDisk(device)) {
    device.kill();
    void world.start(device);
    return;
  }
  for (const room of device.screen?.state.rooms ?? []) {
    if (room.myRole !== 'owner' || room.membership !== 'member') continue;
    if (room.condition === 'paused') {
      void world.operate(device, `resumes ${roomName(room)}`, port => port.resume(room.roomId));
    }
    for (const { knockId, state } of room.knocks) {
      if (state === 'admitting') continue;
      void world.operate(device, `admits everyone to ${roomName(room)}`, port =>
        port.admit(room.roomId, knockId),
      );
    }
  }
}

/** After a failed write the program stops and says so: whoever sees that starts it again. */
function isStoppedByItsDisk({ screen }: Device): boolean {
  const connection = screen?.state.connection;
  return connection?.state === 'stopped' && connection.reason === 'storage-failed';
}

async function unfinishedIn(world: World): Promise<readonly string[]> {
  const unfinished: string[] = [];
  for (const device of world.devices) {
    const { who, screen } = device;
    if (screen === undefined) {
      unfinished.push(`${who} does not run`);
      continue;
    }
    const { connection, rooms, self } = screen.state;
    if (rooms.length > 0 && connection.state !== 'online') {
      const why = connection.state === 'stopped' ? ` (${connection.reason})` : '';
      unfinished.push(`${who} is ${connection.state}${why}`);
    }
    for (const room of rooms) unfinished.push(...unfinishedInRoom(device, room));
    if (self?.deviceId === undefined) continue;
    for (const { streamId, headSeq, acknowledgedSeq } of await world.statuses(self.deviceId)) {
      if (acknowledgedSeq < headSeq) {
        unfinished.push(`${who} has not read ${streamId}: ${acknowledgedSeq} of ${headSeq}`);
      }
    }
  }
  return unfinished;
}

function unfinishedInRoom({ who, screen }: Device, room: RoomView): readonly string[] {
  const where = `${who} in ${roomName(room) || 'a room at whose door they stand'}`;
  if (room.membership === 'joining') return room.join?.step === 'refused' ? [] : [`${where} waits`];
  if (room.membership !== 'member' || room.condition === 'ended') return [];
  const unsent = (screen?.messages(room.roomId) ?? []).filter(
    ({ send }) => send?.state === 'sending' || send?.state === 'failed',
  );
  return [
    ...unsent.map(({ text, send }) => `${where}: "${text}" is ${send?.state}`),
    ...room.knocks.map(({ name, state }) => `${where}: ${name} at the door is ${state}`),
    ...(room.condition === 'paused' ? [`${where} is paused`] : []),
  ];
}

async function logsOf(world: World, device: Device): Promise<readonly RoomLog[]> {
  const { who, screen } = device;
  if (screen === undefined) return [];
  const logs: RoomLog[] = [];
  for (const room of screen.state.rooms) {
    if (room.membership === 'joining') continue;
    await screen.readAll(room.roomId);
    await learnPlaces(world, device, room);
    const mark = room.membership === 'member' ? await device.epochMark(room.roomId) : undefined;
    logs.push({
      who,
      room: roomName(room),
      texts: screen.messages(room.roomId).map(({ key, order, text, author }) => ({
        key,
        order,
        text,
        from: author.deviceId,
      })),
      alarms: alarmsIn(device, room),
      membership: room.membership,
      members: room.members.map(({ deviceId }) => deviceId).sort(),
      epoch: mark?.epoch ?? room.epoch,
      epochAuthenticator: mark?.authenticator ?? '',
    });
  }
  return logs;
}

/** Where texts stand whose authors no longer know. */
async function learnPlaces(world: World, { port, screen }: Device, { roomId }: RoomView): Promise<void> {
  const known = new Map(world.history.texts.map(({ text, seq }) => [text, seq]));
  for (const { text, messageId, send } of screen?.messages(roomId) ?? []) {
    if (known.get(text) !== undefined || send?.state === 'sending' || send?.state === 'failed') continue;
    const saw = await port?.serverSaw(roomId, messageId);
    if (saw?.seq !== undefined) world.history.placed(text, saw.seq);
  }
}

function alarmsIn({ screen }: Device, room: RoomView): readonly string[] {
  const gaps = (screen?.items(room.roomId) ?? []).flatMap(item =>
    item.kind === 'gap' ? [`gap: ${item.cause}, ${item.count} at ${item.order}`] : [],
  );
  return [...gaps, ...room.warnings.map(warning => `warning: ${JSON.stringify(warning)}`)];
}

function staysOf(world: World): readonly Stay[] {
  const names = new Map<string, string>();
  for (const { screen } of world.devices) {
    // On its maker's device a room goes by the id of its stream.
    for (const room of screen?.state.rooms ?? []) names.set(room.roomId, roomName(room));
  }
  return world.stays.all.map(({ streamId, deviceId, fromSeq, toSeq }) => ({
    who: world.ownerOf(deviceId),
    deviceId,
    room: names.get(streamId) ?? streamId,
    fromSeq,
    toSeq,
  }));
}
