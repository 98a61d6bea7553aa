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
import { type ArrivalOptions, arrive, unlock } from '../arriving.ts';
import { homeOf, isOwn } from '../belonging.ts';
import { Sotto } from '../sotto.ts';
import { SottoError } from '../sottoError.ts';
import { CertificateTrust, repinned } from './certificateTrust.ts';
import { type Belonging, DeviceFolder } from './deviceFolder.ts';
import { nodeAsk } from './nodeAsk.ts';
import { saveInto } from './saveInto.ts';

/** For receipts and what was said last, before a program ends. */
const FINISH_WITHIN_MS = 2_000;
const MAX_FRAME_BYTES = 4_194_304;

/** Which device a program is, and where. */
export interface ConnectOptions extends ArrivalOptions {
  /** What the device keeps: made where it is not there. One process at a time. */
  readonly folder: string;
  /**
   * SHA-256 of the relay's certificate, where this computer does not trust it. The folder remembers it, and its key: a
   * renewed certificate under the same key is taken too.
   */
  readonly certificate?: string | undefined;
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
    save: saveInto,
    async close() {
      await device.close();
      trust.agent.destroy();
    },
  });
  try {
    await unlock(device.lockState, device, options.passphrase);
    const keep = () => folder.write({ ...belonging, ...trust.pin });
    trust.learned = keep;
    keep();
    await arrive(sotto, options);
    return sotto;
  } catch (error) {
    await sotto.close();
    throw error;
  }
}

function belongingOf(folder: DeviceFolder, options: ConnectOptions): Belonging {
  const kept = read(folder);
  return { ...homeOf(kept, options), ...repinned(kept ?? {}, options.certificate) };
}

function read(folder: DeviceFolder): Belonging | undefined {
  try {
    return folder.read();
  } catch (error) {
    const { code, message } = toClientError(error);
    throw new SottoError(code, message);
  }
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

/** A host's own relay says under which addresses guests reach it; who comes from outside knows one. */
async function addressesOf(relay: string, ask: Ask): Promise<readonly string[]> {
  if (!isOwn(relay)) return [relay];
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
