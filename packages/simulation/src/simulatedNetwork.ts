import type { Transport, TransportConnection } from '@sotto/client';
import type { Relay } from '@sotto/relay';
import type { SeededRandom } from './seededRandom.ts';
import type { SimulatedClock } from './simulatedClock.ts';
import { type Address, SimulatedConnection, type Surroundings } from './simulatedConnection.ts';
import type { SimulatedProcess } from './simulatedProcess.ts';
import { HONEST_WIRE, type Wire } from './wire.ts';

export interface NetworkWeather {
  /** One way, of one frame; within a connection nothing is overtaken. */
  latencyMs(random: SeededRandom): number;
}

export const FAIR_WEATHER: NetworkWeather = { latencyMs: random => random.between(1, 30) };
export const SLOW_WEATHER: NetworkWeather = { latencyMs: random => random.between(20, 250) };
/** Long ways on which everything crosses everything else. */
const FOUL_WEATHER: NetworkWeather = { latencyMs: random => random.between(50, 2_500) };

/** The weather of a seed. */
export function weatherOf(random: SeededRandom): NetworkWeather {
  const weather = random.weighted({ fair: 5, slow: 3, foul: 2 });
  if (weather === 'fair') return FAIR_WEATHER;
  return weather === 'slow' ? SLOW_WEATHER : FOUL_WEATHER;
}

/**
 * The network between devices and one relay: slow, in order within a connection and in no order across connections,
 * cut and stalled as it is told.
 */
export class SimulatedNetwork {
  #relay: Relay | undefined;
  readonly #connections = new Set<SimulatedConnection>();
  readonly #isolated = new Set<string>();
  readonly #stalled = new Set<string>();
  #wire = HONEST_WIRE;

  constructor(
    private readonly time: SimulatedClock,
    private readonly random: SeededRandom,
    readonly weather: NetworkWeather = FAIR_WEATHER,
  ) {}

  /** Connections reach this relay from now on. */
  attach(relay: Relay): void {
    this.#relay = relay;
  }

  /** The relay's process is gone: nothing that was under way to it has been heard, and nobody answers. */
  detach(): void {
    this.#relay = undefined;
    for (const connection of [...this.#connections]) connection.relayDied();
  }

  /** Puts something between all devices and the relay. */
  intercept(wire: Wire): void {
    this.#wire = wire;
  }

  /** A device's way to the relay, for as long as its process lives. */
  transport(address: Address, process: SimulatedProcess): Transport {
    return {
      connect: (_url, events) => {
        if (!process.alive) return NO_CONNECTION;
        const connection = new SimulatedConnection(this.#surroundings(address.who), address, events);
        this.#connections.add(connection);
        process.onKill(() => connection.processDied());
        connection.open();
        return connection;
      },
    };
  }

  /** The device's connections break; of what is under way some arrives and the rest is lost. */
  cut(who: string): void {
    for (const connection of this.#of(who)) connection.cut();
  }

  /** Nothing gets through, and nothing says so, until `heal`; then what was sent meanwhile arrives late. */
  stall(who: string): void {
    this.#stalled.add(who);
  }

  /** The device cannot reach the relay until `heal`. */
  isolate(who: string): void {
    this.#isolated.add(who);
    this.cut(who);
  }

  heal(who: string): void {
    this.#isolated.delete(who);
    if (!this.#stalled.delete(who)) return;
    for (const connection of this.#of(who)) connection.resume();
  }

  /** Sends a frame down the device's connection as if the relay had. Returns whether there is one. */
  inject(who: string, frame: Uint8Array): boolean {
    const connection = this.#of(who).findLast(({ isOpen }) => isOpen);
    connection?.push(frame);
    return connection !== undefined;
  }

  #of(who: string): SimulatedConnection[] {
    return [...this.#connections].filter(({ address }) => address.who === who);
  }

  #surroundings(who: string): Surroundings {
    return {
      time: this.time,
      random: this.random,
      relay: () => (this.#isolated.has(who) ? undefined : this.#relay),
      isStalled: () => this.#stalled.has(who),
      latencyMs: () => this.weather.latencyMs(this.random),
      pass: (direction, frame) => this.#wire.pass(direction, who, frame),
      gone: connection => this.#connections.delete(connection),
    };
  }
}

const NO_CONNECTION: TransportConnection = { send() {}, close() {} };
