import { randomBytes } from 'node:crypto';
import { pbkdf2By } from '@sotto/core';
import { nativeEngine } from '@sotto/mls/native';
import { WebSocket } from 'ws';
import { httpAccountPost } from '../../browser/httpAccountPost.ts';
import { httpInviteLookup } from '../../browser/inviteLookup.ts';
import { toClientError } from '../../clientErrors.ts';
import { goneOut } from '../../engine/goingOut.ts';
import { LockingDevice } from '../../lock/lockingDevice.ts';
import type { Ask } from '../../ports.ts';
import { type WebSocketLike, webSocketTransport } from '../../relay/webSocketTransport.ts';
import { systemClock } from '../../systemClock.ts';
import type { Waiting } from '../device.ts';
import { Sotto } from '../sotto.ts';
import { SottoError, told } from '../sottoError.ts';
import { CertificateTrust, repinned } from './certificateTrust.ts';
import { type Belonging, DeviceFolder } from './deviceFolder.ts';
import { nodeAsk } from './nodeAsk.ts';

/** Of a host's own window, which has no certificate: the same computer. */
const HERE = 'http:';
/** For receipts and what was said last, before a program ends. */
const FINISH_WITHIN_MS = 2_000;
const MAX_FRAME_BYTES = 4_194_304;

/** Which device a program is, and where. */
export interface ConnectOptions extends Waiting {
  /** What the device keeps: made where it is not there. One process at a time. */
  readonly folder: string;
  /** The relay's address, e.g. `http://localhost:8080` for one's own. The folder remembers it. */
  readonly relay?: string | undefined;
  /** Comes in by it, unless this device is inside: `connect` resolves when somebody has opened the door. */
  readonly link?: string | undefined;
  /** Of a link that needs one. */
  readonly linkPassword?: string | undefined;
  /** What others see; the folder remembers it. */
  readonly name?: string | undefined;
  /** Locks the folder: set with the first one that is given, needed from then on. */
  readonly passphrase?: string | (() => Promise<string>) | undefined;
  /**
   * SHA-256 of the relay's certificate, where this computer does not trust it. The folder remembers it, and its key: a
   * renewed certificate under the same key is taken too.
   */
  readonly certificate?: string | undefined;
  /** Hears the safety words while somebody is asked to open the door. */
  readonly onWaiting?: (words: readonly string[]) => void;
}

/**
 * Opens the device in a folder, and begins to reach its relay. What was kept is there at once, also without the relay.
 *
 * Throws `SottoError`: `STORAGE_IN_USE`, `PASSPHRASE_NEEDED`, `WRONG_SECRET`, `RELAY_NEEDED`, `OTHER_RELAY`,
 * `CERTIFICATE_UNTRUSTED`, `CERTIFICATE_CHANGED`; with a link what `Sotto.join` throws.
 */
export async function connect(options: ConnectOptions): Promise<Sotto> {
  const folder = new DeviceFolder(options.folder);
  const belonging = belongingOf(folder, options);
  const trust = new CertificateTrust(belonging);
  const ask = nodeAsk(trust.agent);
  await assertTrusted(belonging, trust, ask);
  const device = await open(folder, belonging, trust, ask);
  const sotto = new Sotto({
    window: () => device.window(),
    addresses: () => addressesOf(belonging.relay, ask),
    async close() {
      await device.close();
      trust.agent.destroy();
    },
  });
  try {
    await unlock(device, options.passphrase);
    const keep = () => folder.write({ ...belonging, ...trust.pin });
    trust.learned = keep;
    keep();
    if (options.name !== undefined && options.link === undefined) await sotto.setName(options.name);
    if (options.link !== undefined) await enter(sotto, options.link, options);
    return sotto;
  } catch (error) {
    await sotto.close();
    throw error;
  }
}

function belongingOf(folder: DeviceFolder, { relay, link, certificate }: ConnectOptions): Belonging {
  const kept = read(folder);
  const given = originOf(relay) ?? kept?.relay ?? originOf(link);
  if (given === undefined)
    throw new SottoError('RELAY_NEEDED', 'the folder is new: say which relay it is for, or give a link');
  if (kept !== undefined && relay === undefined && link !== undefined && originOf(link) !== kept.relay)
    throw new SottoError('OTHER_RELAY', `this folder’s device belongs to ${kept.relay}`);
  const isGuest = link !== undefined || !given.startsWith(HERE);
  return {
    relay: given,
    role: kept?.role ?? (isGuest ? 'guest' : 'host'),
    ...repinned(kept ?? {}, certificate),
  };
}

function read(folder: DeviceFolder): Belonging | undefined {
  try {
    return folder.read();
  } catch (error) {
    const { code, message } = toClientError(error);
    throw new SottoError(code, message);
  }
}

function originOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const text = address.trim();
  if (!URL.canParse(text) || !/^https?:/.test(text)) throw new SottoError('BAD_LINK', 'that is no address');
  return new URL(text).origin;
}

/** Whoever cannot be reached now may be later; whoever shows a certificate that is not trusted is told of at once. */
async function assertTrusted({ relay }: Belonging, trust: CertificateTrust, ask: Ask): Promise<void> {
  try {
    await ask(`${relay}/api/health`);
  } catch {
    if (trust.refused !== undefined) throw trust.refused;
  }
}

function open(
  folder: DeviceFolder,
  { relay, role }: Belonging,
  trust: CertificateTrust,
  ask: Ask,
): Promise<LockingDevice> {
  const socket = (url: string) =>
    new WebSocket(url, {
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      ...(url.startsWith('wss:') && { agent: trust.agent }),
    }) as unknown as WebSocketLike;
  return LockingDevice.open({
    engine: {
      role,
      relayOrigin: relay,
      transport: webSocketTransport(socket),
      clock: systemClock,
      random: lengthBytes => new Uint8Array(randomBytes(lengthBytes)),
      provider: nativeEngine().provider,
      // Argon2 and OPAQUE come as WebAssembly: loaded by those only who meet a password.
      passwordKey: async (password, salt) =>
        (await import('@sotto/core/password')).passwordKey(password, salt),
      stretch: pbkdf2By(crypto.subtle),
      lookUp: httpInviteLookup(relay, ask),
      accounts: {
        post: httpAccountPost(relay, ask),
        load: () => import('../../account/accounts.ts'),
        opaque: async () => (await import('../../account/serenityOpaque.ts')).serenityOpaque(),
      },
    },
    openStorage: () => folder.open(),
    argon2id: async (...args) => (await import('@sotto/vault/argon2id')).wasmArgon2id(...args),
    monotonicMs: () => performance.now(),
    beforeClose: ({ context, rooms }) => goneOut(context, rooms, FINISH_WITHIN_MS),
  }).catch((error: unknown) => {
    const { code, message, facts } = toClientError(error);
    throw new SottoError(code, message, facts);
  });
}

async function unlock(device: LockingDevice, passphrase: ConnectOptions['passphrase']): Promise<void> {
  const { state, locks } = device.lockState;
  if (state === 'unlocked' && (locks.length > 0 || passphrase === undefined)) return;
  if (passphrase === undefined)
    throw new SottoError('PASSPHRASE_NEEDED', 'what this folder keeps is locked: it needs its passphrase');
  const secret = typeof passphrase === 'string' ? passphrase : await passphrase();
  if (state === 'locked') await told(() => device.unlock({ kind: 'passphrase', passphrase: secret }));
  else await told(() => device.setPassphrase(secret));
}

async function enter(sotto: Sotto, link: string, options: ConnectOptions): Promise<void> {
  const { name, linkPassword: password, onWaiting, timeoutMs, signal } = options;
  await sotto.join(link, {
    password,
    timeoutMs,
    signal,
    ...(name !== undefined && { name }),
    ...(onWaiting && { onWaiting }),
  });
}

/** A host's own relay says under which addresses guests reach it; who comes from outside knows one. */
async function addressesOf(relay: string, ask: Ask): Promise<readonly string[]> {
  if (!relay.startsWith(HERE)) return [relay];
  try {
    const host: unknown = await (await ask(`${relay}/api/host`)).json();
    const { addresses } = host as {
      readonly addresses: readonly {
        readonly kind: string;
        readonly origin: string;
        readonly reachable: boolean;
      }[];
    };
    const best = ['internet', 'this-network', 'this-computer'];
    return [...addresses]
      .filter(({ reachable }) => reachable)
      .sort((a, b) => best.indexOf(a.kind) - best.indexOf(b.kind))
      .map(({ origin }) => origin);
  } catch {
    return [relay];
  }
}
