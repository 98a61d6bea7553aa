import type { RoomView } from '@sotto/client';
import type { Device } from './device.ts';
import type { SeededRandom } from './seededRandom.ts';
import { roomName, type World, type WorldRoom } from './world.ts';

/** What people and fate do, and how often. 0: never. */
export interface Habits {
  readonly people: Readonly<Record<PersonDoes, number>>;
  readonly fate: Readonly<Record<FateDoes, number>>;
}

type PersonDoes =
  | 'write'
  | 'writeMany'
  | 'startRoom'
  | 'join'
  | 'askAgain'
  | 'admit'
  | 'decline'
  | 'markRead'
  | 'type'
  | 'rename'
  | 'remove'
  | 'leave'
  | 'pause'
  | 'resume'
  | 'newLink'
  | 'retry';

type FateDoes =
  | 'kill'
  | 'close'
  | 'open'
  | 'cut'
  | 'isolate'
  | 'stall'
  | 'heal'
  | 'crashRelay'
  | 'startRelay'
  | 'crashAtCommit'
  | 'fillDisk'
  | 'emptyDisk'
  | 'jumpClock';

export const HABITS: Habits = {
  people: {
    write: 40,
    writeMany: 4,
    startRoom: 4,
    join: 14,
    askAgain: 1,
    admit: 20,
    decline: 1,
    markRead: 6,
    type: 2,
    rename: 4,
    remove: 1,
    leave: 0.7,
    pause: 1,
    resume: 6,
    newLink: 1,
    retry: 4,
  },
  fate: {
    kill: 4,
    close: 1,
    open: 14,
    cut: 5,
    isolate: 2,
    stall: 4,
    heal: 10,
    crashRelay: 2,
    startRelay: 12,
    crashAtCommit: 4,
    fillDisk: 0.7,
    emptyDisk: 6,
    jumpClock: 1,
  },
};

const ROOMS = 2;
/** Key packages may be used up to an hour before they were made: clocks that differ by more shut people out. */
const CLOCK_ERROR_MS = 25 * 60_000;

/** Decides, from a seed, what happens next. */
export class Script {
  readonly #impaired = new Set<string>();
  /** Rooms that somebody was told to leave alone: those they left. */
  readonly #left = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly random: SeededRandom,
    private readonly habits: Habits,
  ) {}

  /** Does one thing, without waiting for what becomes of it. */
  step(): void {
    // Without a room, and without anyone in it, there is little that could go wrong.
    if (this.world.rooms.size === 0 && this.random.chance(0.5) && this.#startRoom()) return;
    if (this.random.chance(0.15) && this.#join(false)) return;
    const { people, fate } = this.habits;
    const total = (weights: Readonly<Record<string, number>>) =>
      Object.values(weights).reduce((a, b) => a + b, 0);
    const isFate = this.random.chance(total(fate) / (total(fate) + total(people)));
    // What is chosen may not be possible right now: then something else is.
    for (let tries = 0; tries < 20; tries++) {
      const done = isFate
        ? this.#fate(this.random.weighted(fate))
        : this.#person(this.random.weighted(people));
      if (done) return;
    }
  }

  /** How long until the next thing happens. */
  pauseMs(): number {
    const pace = this.random.weighted({ atOnce: 3, quick: 5, slow: 3, long: 1 });
    if (pace === 'atOnce') return 0;
    if (pace === 'quick') return this.random.between(1, 300);
    return pace === 'slow' ? this.random.between(300, 4_000) : this.random.between(4_000, 45_000);
  }

  #person(does: PersonDoes): boolean {
    switch (does) {
      case 'startRoom':
        return this.#startRoom();
      case 'join':
        return this.#join(false);
      case 'askAgain':
        return this.#join(true);
      default: {
        const device = this.#anyone(other => other.isWorking);
        const room = device?.screen && this.random.pick(device.screen.state.rooms);
        return device !== undefined && room !== undefined && this.#inRoom(does, device, room);
      }
    }
  }

  #inRoom(
    does: Exclude<PersonDoes, 'startRoom' | 'join' | 'askAgain'>,
    device: Device,
    room: RoomView,
  ): boolean {
    const { world, random } = this;
    const { roomId } = room;
    const isMember = room.membership === 'member';
    const isHost = isMember && room.myRole === 'owner';
    const name = roomName(room);
    switch (does) {
      case 'write':
      case 'writeMany': {
        if (!isMember) return false;
        const count = does === 'write' ? 1 : random.between(2, 8);
        for (let i = 0; i < count; i++) void world.sendText(device, room);
        return true;
      }
      case 'admit':
      case 'decline': {
        const knock = random.pick(room.knocks.filter(({ state }) => state === 'waiting'));
        if (knock === undefined) return false;
        void world.operate(device, `${does}s ${knock.name} to ${name}`, port =>
          port[does](roomId, knock.knockId),
        );
        return true;
      }
      case 'markRead':
        if (room.unread === 0) return false;
        void world.operate(device, `reads ${name}`, port => port.markRead(roomId));
        return true;
      case 'type':
        if (!isMember) return false;
        device.port?.setTyping(roomId, random.chance(0.7));
        return true;
      case 'rename': {
        if (!isHost) return false;
        const title = `${name}, ${random.below(1_000)}`;
        void world.operate(device, `renames ${name}`, port => port.setTitle(roomId, title));
        return true;
      }
      case 'remove': {
        const member = isHost ? random.pick(room.members.filter(({ self }) => !self)) : undefined;
        if (member === undefined) return false;
        void world.operate(device, `removes ${member.name} from ${name}`, port =>
          port.removeMember(roomId, member.deviceId),
        );
        return true;
      }
      case 'leave':
        if (!isMember || isHost) return false;
        this.#left.add(`${device.who}/${name}`);
        void world.operate(device, `leaves ${name}`, port => port.leaveAndErase(roomId));
        return true;
      case 'pause':
      case 'resume':
        if (!isHost || (room.condition === 'paused') !== (does === 'resume')) return false;
        void world.operate(device, `${does}s ${name}`, port => port[does](roomId));
        return true;
      case 'newLink': {
        if (!isHost) return false;
        const options = {
          lifetimeMs: 3_600_000,
          maxUses: 1,
          approval: random.chance(0.5),
          password: undefined,
        };
        void world
          .operate(device, `makes a link to ${name}`, port => port.createInvite(roomId, options))
          .then(({ value }) => value && world.handOutLink(device, value.token));
        return true;
      }
      case 'retry': {
        const failed = device.screen?.messages(roomId).find(({ send }) => send?.state === 'failed');
        if (failed === undefined) return false;
        world.history.retried(failed.text);
        void world.operate(device, `tries again: "${failed.text}"`, port =>
          port.retry(roomId, failed.messageId),
        );
        return true;
      }
    }
  }

  #startRoom(): boolean {
    const { world, random } = this;
    if (world.roomsBegun >= ROOMS + 2 || world.rooms.size >= ROOMS) return false;
    const host = this.#anyone(({ address, isWorking }) => address.listenerRole === 'host' && isWorking);
    if (host === undefined || !host.screen?.state.mayHost) return false;
    void world.startRoom(host, { approval: random.chance(0.7) });
    return true;
  }

  #join(again: boolean): boolean {
    const guest = this.#anyone(({ address, isWorking }) => address.listenerRole === 'guest' && isWorking);
    const room = this.random.pick([...this.world.rooms.values()]);
    const link = room && this.random.pick(room.links);
    if (guest === undefined || room === undefined || link === undefined) return false;
    if (this.#isAt(guest, room) !== again || this.#left.has(`${guest.who}/${room.name}`)) return false;
    const options = { link, name: guest.who, password: undefined };
    void this.world.operate(guest, `knocks at ${room.name}`, port => port.join(options));
    return true;
  }

  /** Whether somebody is in a room, was, or stands at its door. */
  #isAt({ screen }: Device, { name }: WorldRoom): boolean {
    return (
      screen?.state.rooms.some(room => roomName(room) === name || room.membership === 'joining') === true
    );
  }

  #fate(does: FateDoes): boolean {
    const { world, random } = this;
    const running = (device: Device) => device.isRunning;
    switch (does) {
      case 'kill':
        return this.#to(running, does, device => device.kill());
      case 'close':
        return this.#to(
          running,
          does,
          device => void device.close().catch(error => world.crashed('closing', error)),
        );
      case 'open':
        return this.#to(
          device => !device.isWorking && (device.screen !== undefined || !device.isRunning),
          does,
          device => {
            device.kill();
            void world.start(device);
          },
        );
      case 'cut':
        return this.#to(running, does, ({ who }) => world.network.cut(who));
      case 'isolate':
      case 'stall':
        return this.#to(
          ({ who }) => !this.#impaired.has(who),
          does,
          ({ who }) => {
            this.#impaired.add(who);
            world.network[does](who);
          },
        );
      case 'heal':
        return this.#to(
          ({ who }) => this.#impaired.has(who),
          does,
          ({ who }) => {
            this.#impaired.delete(who);
            world.network.heal(who);
          },
        );
      case 'crashRelay':
        if (!world.relay.isUp) return false;
        world.say('the relay crashes');
        world.relay.crash();
        return true;
      case 'startRelay':
        if (world.relay.isUp) return false;
        world.say('the relay starts');
        world.relay.start();
        return true;
      case 'crashAtCommit':
        return this.#to(running, does, device => {
          const before = random.below(4);
          const fault = random.chance(0.5) ? 'crash-before' : 'crash-after';
          device.faults.push(...new Array<'none'>(before).fill('none'), fault);
        });
      case 'fillDisk':
        return this.#to(
          device => !device.diskFull,
          does,
          device => {
            device.diskFull = true;
          },
        );
      case 'emptyDisk':
        return this.#to(
          device => device.diskFull,
          does,
          device => {
            device.diskFull = false;
          },
        );
      case 'jumpClock':
        return this.#to(
          () => true,
          does,
          device => {
            device.skewMs = random.between(-CLOCK_ERROR_MS, CLOCK_ERROR_MS);
          },
        );
    }
  }

  #to(which: (device: Device) => boolean, does: string, act: (device: Device) => void): boolean {
    const device = this.#anyone(which);
    if (device === undefined) return false;
    this.world.say(`fate: ${does} ${device.who}`);
    act(device);
    return true;
  }

  #anyone(which: (device: Device) => boolean): Device | undefined {
    return this.random.pick(this.world.devices.filter(which));
  }
}
