import { createHash } from 'node:crypto';
import type { RoomId, RoomView, UnlockedPort } from '@sotto/client';
import type { DeviceId, InviteToken } from '@sotto/protocol';
import type { StreamStore } from '@sotto/relay';
import { codeOf, Device, type DiskWrap } from './device.ts';
import { frameInWords } from './frameWords.ts';
import { History, type Outcome } from './history.ts';
import type { MessageItem } from './screen.ts';
import { SeededRandom } from './seededRandom.ts';
import { SimulatedClock, START_MS } from './simulatedClock.ts';
import { type NetworkWeather, SimulatedNetwork } from './simulatedNetwork.ts';
import { SimulatedRelay, type StoreWrap } from './simulatedRelay.ts';
import { Stays } from './stays.ts';
import type { Wire } from './wire.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly hosts: number;
  readonly guests: number;
  /** Fair where it is not given. */
  readonly weather?: NetworkWeather | undefined;
  /** Stands between the relay and its store. */
  readonly wrapStore?: StoreWrap;
  /** Stands between engines and their disks. */
  readonly wrapDisk?: DiskWrap;
  /** Stands between devices and the relay. */
  readonly wire?: Wire;
  /** Hears of everything that happens, line by line. */
  readonly trace?: (line: string) => void;
}

/** A room as those know it who run the world. */
export interface WorldRoom {
  readonly name: string;
  readonly host: string;
  readonly streamId: RoomId;
  readonly links: string[];
}

const HOST_NAMES = ['ada', 'hal', 'joan', 'karl'];
const GUEST_NAMES = ['ben', 'cleo', 'dana', 'emil', 'fay', 'gus', 'ivy', 'lou'];
const HOST_ORIGIN = 'http://localhost:4480';
export const GUEST_ORIGIN = 'https://chat.example:4443';

/** Machines, people, a network and a relay, all in virtual time and all from one seed. */
export class World {
  readonly time = new SimulatedClock();
  readonly random: SeededRandom;
  readonly network: SimulatedNetwork;
  readonly relay: SimulatedRelay;
  readonly history = new History();
  readonly stays = new Stays();
  readonly devices: readonly Device[];
  readonly rooms = new Map<string, WorldRoom>();
  /** Who a device id belongs to, as far as a screen has said. */
  readonly #owners = new Map<string, string>();
  readonly #hash = createHash('sha256');
  #store: StreamStore | undefined;
  #roomsBegun = 0;

  constructor(private readonly options: WorldOptions) {
    this.random = new SeededRandom(options.seed);
    this.network = new SimulatedNetwork(this.time, this.random.fork('network'), options.weather);
    this.relay = new SimulatedRelay(
      this.time,
      this.random.fork('relay'),
      this.network,
      (store, process) => {
        this.#store = this.stays.listen(options.wrapStore?.(store, process) ?? store);
        return this.#store;
      },
      (step, error) => this.crashed(`relay, ${step}`, error),
    );
    this.network.intercept(this.#traced(options.wire));
    const device = (who: string, listenerRole: 'host' | 'guest') =>
      new Device(this.#surroundings(who), {
        who,
        listenerRole,
        origin: listenerRole === 'host' ? HOST_ORIGIN : GUEST_ORIGIN,
      });
    this.devices = [
      ...HOST_NAMES.slice(0, options.hosts).map(who => device(who, 'host')),
      ...GUEST_NAMES.slice(0, options.guests).map(who => device(who, 'guest')),
    ];
  }

  /** Of everything that happened so far: equal for equal histories. */
  get traceHash(): string {
    return this.#hash.copy().digest('hex');
  }

  device(who: string): Device {
    const device = this.devices.find(other => other.who === who);
    if (device === undefined) throw new RangeError(`nobody is called ${who}`);
    return device;
  }

  /** Notes something that happens. */
  say(line: string): void {
    const atMs = this.time.nowMs() - START_MS;
    this.#hash.update(`${atMs} ${line}\n`);
    this.options.trace?.(`${(atMs / 1_000).toFixed(3).padStart(10)}  ${line}`);
  }

  /** An error that should never be. */
  crashed(where: string, error: unknown): void {
    const words = `${where}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
    this.say(`CRASH ${words}`);
    this.history.crashes.push(words);
  }

  /** Starts a device's program; tells whether it came up. */
  async start(device: Device): Promise<boolean> {
    this.say(`${device.who} starts the program`);
    try {
      await device.start();
      const self = device.screen?.state.self;
      if (self?.deviceId !== undefined) this.#owners.set(self.deviceId, device.who);
      if (self?.name === '' && device.address.listenerRole === 'host') {
        await this.operate(device, 'says who they are', port => port.setName(device.who));
      }
      return true;
    } catch (error) {
      this.say(`${device.who} cannot start: ${error instanceof Error ? error.message : String(error)}`);
      if (!isFull(error)) this.crashed(`${device.who} starting`, error);
      return false;
    }
  }

  /**
   * Has a person do something. The outcome is `unknown` where the program dies before it answers. Errors that are no
   * `ClientError` are noted as crashes.
   */
  async operate<T>(
    device: Device,
    what: string,
    run: (port: UnlockedPort) => Promise<T>,
  ): Promise<{ readonly outcome: Outcome; readonly value?: T; readonly code?: string }> {
    const { port, who } = device;
    if (port === undefined) return { outcome: 'failed', code: 'NOT_RUNNING' };
    this.say(`${who}: ${what}`);
    const result = await Promise.race([
      device.killed().then(() => ({ outcome: 'unknown' as const })),
      run(port).then(
        value => ({ outcome: 'ok' as const, value }),
        (error: unknown) => {
          const code = codeOf(error);
          if (code === undefined) this.crashed(`${who}, ${what}`, error);
          return { outcome: 'failed' as const, code: code ?? 'CRASH' };
        },
      ),
    ]);
    this.history.ended(result.outcome, 'code' in result ? result.code : '');
    this.say(`${who}: ${what}: ${result.outcome}${'code' in result ? ` (${result.code})` : ''}`);
    return result;
  }

  /** Writes a text and notes how that went. */
  async sendText(device: Device, room: RoomView): Promise<void> {
    const name = roomName(room);
    const text = this.history.write(device.who, name);
    const { outcome } = await this.operate(device, `writes "${text}"`, port =>
      port.sendText(room.roomId, text),
    );
    this.history.outcomeOf(text, outcome);
  }

  /** Makes a room; it can be joined once this resolves to it. */
  async startRoom(device: Device, options: Partial<Parameters<UnlockedPort['startRoom']>[0]['invite']> = {}) {
    const name = `room ${++this.#roomsBegun}`;
    const invite = {
      lifetimeMs: 20 * 3_600_000,
      maxUses: 0,
      approval: true,
      password: undefined,
      ...options,
    };
    const { value } = await this.operate(device, `starts ${name}`, port =>
      port.startRoom({ title: name, invite }),
    );
    if (value === undefined) return undefined;
    const room: WorldRoom = { name, host: device.who, streamId: value.roomId, links: [] };
    this.rooms.set(name, room);
    await this.handOutLink(device, value.token);
    return room;
  }

  /** Makes a host's invite known to everyone. Only for those that the relay has confirmed. */
  async handOutLink(device: Device, token: InviteToken): Promise<void> {
    // Screens are drawn every few milliseconds.
    await new Promise<void>(resolve => this.time.setTimer(50, resolve));
    for (const view of device.screen?.state.rooms ?? []) {
      const invite = view.invites.find(other => other.token === token);
      if (invite !== undefined)
        this.rooms.get(roomName(view))?.links.push(`${GUEST_ORIGIN}${invite.pathAndFragment}`);
    }
  }

  /** Rooms that somebody has tried to start. */
  get roomsBegun(): number {
    return this.#roomsBegun;
  }

  ownerOf(deviceId: string): string {
    return this.#owners.get(deviceId) ?? deviceId;
  }

  /** How the relay says that each stream stands for a device. */
  async statuses(deviceId: DeviceId) {
    return (await this.#store?.statuses(deviceId)) ?? [];
  }

  #surroundings(who: string) {
    return {
      time: this.time,
      random: this.random.fork(`device of ${who}`),
      transport: this.network.transport.bind(this.network),
      lookUp: this.relay.inviteReport.bind(this.relay),
      wrapDisk: this.options.wrapDisk ?? (store => store),
      watcher: (name: string) => ({
        acknowledged: (roomId: RoomId, { text, messageId }: MessageItem) => {
          if (this.history.acknowledged(text)) void this.#learnPlace(name, roomId, text, messageId);
        },
        seenTwice: (roomId: RoomId, text: string) => this.history.seenTwice(name, roomId, text),
      }),
    };
  }

  async #learnPlace(
    who: string,
    roomId: RoomId,
    text: string,
    messageId: MessageItem['messageId'],
  ): Promise<void> {
    try {
      const saw = await this.device(who).port?.serverSaw(roomId, messageId);
      if (saw?.seq !== undefined) this.history.placed(text, saw.seq);
    } catch {
      // The room went in between: somebody else may know.
    }
  }

  #traced(wire: Wire | undefined): Wire {
    return {
      pass: (direction, who, frame) => {
        const arrow = direction === 'to-relay' ? `${who} -> relay` : `relay -> ${who}`;
        const passed = wire?.pass(direction, who, frame) ?? [frame];
        this.say(`${arrow}  ${frameInWords(direction, frame)}${tamperedWords(frame, passed)}`);
        return passed;
      },
    };
  }
}

/** A room's name is its title up to the comma: what follows changes. */
export function roomName({ title }: Pick<RoomView, 'title'>): string {
  return title.split(',')[0] ?? '';
}

function tamperedWords(frame: Uint8Array, passed: readonly Uint8Array[]): string {
  if (passed.length === 1 && passed[0] === frame) return '';
  return passed.length === 0 ? '  [withheld]' : `  [changed, ${passed.length} instead]`;
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'QUOTA_EXCEEDED';
}
