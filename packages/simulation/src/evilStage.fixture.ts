import type { JoinState, RoomView, SendState } from '@sotto/client';
import type { StreamId } from '@sotto/protocol';
import { expect } from 'vitest';
import type { Device } from './device.ts';
import { EvilRelay } from './evilRelay.ts';
import { roomName, World, type WorldRoom } from './world.ts';

/** Longer than any timer of an engine that is at work. */
const LONG_MS = 120_000;

/** A few people in a room, on a relay that is evil as soon as it is told to. */
export class EvilStage {
  readonly evil = new EvilRelay();
  readonly world: World;
  readonly rooms: WorldRoom[] = [];

  private constructor(seed: number, guests: number, hosts: number) {
    this.world = new World({
      seed,
      hosts,
      guests,
      wire: this.evil,
      trace: process.env.SOTTO_SIM_TRACE === undefined ? () => undefined : line => console.log(line),
    });
    this.evil.attach(this.world.network);
  }

  /** Everyone is online; nobody is in a room yet. */
  static async empty({ seed = 1, guests = 2, hosts = 1 } = {}): Promise<EvilStage> {
    const stage = new EvilStage(seed, guests, hosts);
    stage.world.relay.start();
    for (const device of stage.world.devices) void stage.world.start(device);
    await stage.until(() => stage.world.devices.every(({ port }) => port !== undefined));
    await stage.until(() => stage.world.device('ada').screen?.state.mayHost === true);
    return stage;
  }

  /** Ada hosts a room; ben and cleo are in it, and everything is at rest. */
  static async room(options: Parameters<typeof EvilStage.empty>[0] = {}): Promise<EvilStage> {
    const stage = await EvilStage.empty(options);
    await stage.openRoom('ada');
    for (const { who, address } of stage.world.devices)
      if (address.listenerRole === 'guest') await stage.enter(who);
    await stage.rest();
    return stage;
  }

  get streamId(): StreamId {
    return this.rooms[0]!.streamId;
  }

  device(who: string): Device {
    return this.world.device(who);
  }

  /** Lets time pass until something holds; fails when it never does. */
  async until(holds: () => boolean, withinMs = LONG_MS): Promise<void> {
    const { time } = this.world;
    const held = await time.advanceUntil(holds, time.nowMs() + withinMs);
    expect(held, holds.toString()).toBe(true);
  }

  /** Long enough for receipts, key updates and everything else that comes late. */
  rest(durationMs = 12_000): Promise<void> {
    return this.world.time.advance(durationMs);
  }

  async openRoom(host: string, approval = false): Promise<WorldRoom> {
    await this.until(() => this.device(host).screen?.state.connection.state === 'online');
    void this.world.startRoom(this.device(host), { approval });
    const newest = () => [...this.world.rooms.values()][this.rooms.length];
    await this.until(() => (newest()?.links.length ?? 0) > 0);
    const room = newest()!;
    this.rooms.push(room);
    return room;
  }

  /** Asks to come in; does not wait for the answer. */
  knock(who: string, room: WorldRoom = this.rooms[0]!): void {
    const options = { link: room.links[0]!, name: who, password: undefined };
    void this.world.operate(this.device(who), `knocks at ${room.name}`, port => port.join(options));
  }

  async enter(who: string, room: WorldRoom = this.rooms[0]!): Promise<void> {
    this.knock(who, room);
    await this.until(() => this.view(who, room)?.membership === 'member');
  }

  view(who: string, room: Pick<WorldRoom, 'name'> = this.rooms[0]!): RoomView | undefined {
    return this.device(who).screen?.state.rooms.find(view => roomName(view) === room.name);
  }

  /** Where somebody stands at whatever door they knocked at. */
  door(who: string): JoinState | undefined {
    return this.device(who).screen?.state.rooms.find(({ join }) => join !== undefined)?.join;
  }

  say(who: string, text: string, room: WorldRoom = this.rooms[0]!): void {
    const { roomId } = this.view(who, room)!;
    void this.world.operate(this.device(who), `says "${text}"`, port => port.sendText(roomId, text));
  }

  /** What somebody reads, in the order of the screen. */
  texts(who: string, room: WorldRoom = this.rooms[0]!): readonly string[] {
    const view = this.view(who, room);
    return view === undefined
      ? []
      : this.device(who)
          .screen!.messages(view.roomId)
          .map(({ text }) => text);
  }

  /** Gaps in the log, as cause and count. */
  gaps(who: string, room: WorldRoom = this.rooms[0]!): readonly string[] {
    const view = this.view(who, room);
    const items = view === undefined ? [] : this.device(who).screen!.items(view.roomId);
    return items.flatMap(item => (item.kind === 'gap' ? [`${item.cause} ${item.count}`] : []));
  }

  warnings(who: string): readonly string[] {
    return this.view(who)?.warnings.map(({ kind }) => kind) ?? [];
  }

  members(who: string): readonly string[] {
    return (this.view(who)?.members.map(({ name }) => name) ?? []).toSorted();
  }

  sendState(who: string, text: string): SendState['state'] | undefined {
    const view = this.view(who)!;
    return this.device(who)
      .screen?.messages(view.roomId)
      .find(message => message.text === text)?.send?.state;
  }

  connection(who: string): string {
    const connection = this.device(who).screen?.state.connection;
    return connection?.state === 'stopped' ? `stopped: ${connection.reason}` : (connection?.state ?? 'none');
  }

  /** Everyone says something, and everyone reads it: the room is as good as before. */
  async worksFor(...people: readonly string[]): Promise<void> {
    for (const who of people) {
      const text = `${who} is here at ${this.world.time.nowMs()}`;
      this.say(who, text);
      await this.until(() => people.every(other => this.texts(other).includes(text)));
    }
  }
}
