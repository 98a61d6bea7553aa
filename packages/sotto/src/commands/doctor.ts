import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type CryptographyReport,
  type FolderReport,
  inspectCryptography,
  inspectFolder,
  inspectRelay,
  type RelayReport,
  repinned,
} from '@sotto/client/node';
import { type Command, type Given, operands } from '../commandLine.ts';
import { EXIT } from '../exitCodes.ts';
import { DEVICE_OPTIONS, deviceFolder, homeOf, ownRelay } from '../openDevice.ts';

const FREE_BYTES = 200 * 1_048_576;
const CLOCK_MS = 120_000;
const DAY_MS = 24 * 3_600_000;

/** One thing that was looked at. `hint`: works, and could be better. */
export interface Finding {
  readonly state: 'ok' | 'hint' | 'wrong';
  readonly what: string;
  /** What to do about it. */
  readonly advice?: string;
}

export const doctor: Command = {
  name: 'doctor',
  operands: '',
  summary: 'Looks at what Sotto needs on this computer, and says what to do',
  help: `
Node and its cryptography, the folder and its disk, the database of this device and its lock; the server: whether it
answers, its certificate, the clock; for your own server also whether it is reached by the addresses that you send
to people.
Changes nothing. Ends with 1 where something is wrong.`,
  options: DEVICE_OPTIONS,
  async run(given) {
    operands(given, []);
    const findings = await examine(given);
    for (const { state, what, advice } of findings) {
      console.log(`${{ ok: 'ok   ', hint: 'hint ', wrong: 'WRONG' }[state]} ${what}`);
      if (advice !== undefined) console.log(`      ${advice}`);
    }
    const wrong = findings.filter(({ state }) => state === 'wrong').length;
    console.log(wrong === 0 ? 'Nothing is wrong.' : `${wrong} to be put right.`);
    return wrong === 0 ? EXIT.done : EXIT.failed;
  },
};

async function examine(given: Given): Promise<readonly Finding[]> {
  const home = homeOf(given);
  const report = await inspectFolder(deviceFolder(given));
  const relay = given.text('relay') ?? report.belonging?.relay ?? ownRelay(given);
  const pin = repinned(report.belonging ?? {}, given.text('certificate'));
  const found = [
    nodeFinding(process.versions.node),
    cryptographyFinding(inspectCryptography()),
    ...diskFindings(home),
    ...deviceFindings(report),
  ];
  if (relay === undefined)
    return [
      ...found,
      { state: 'hint', what: 'no server is known yet', advice: 'sotto join LINK, or --relay URL' },
    ];
  const answer = await inspectRelay(relay, pin);
  return [...found, ...relayFindings(relay, answer, Date.now()), ...(await addressFindings(relay, answer))];
}

/** Sotto runs on Node 20.19 and newer. */
export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  return good
    ? { state: 'ok', what: `Node ${version}` }
    : { state: 'wrong', what: `Node ${version}`, advice: 'Install Node 20.19 or newer from nodejs.org.' };
}

/** Nothing is missing without libsodium: the same messages, more slowly. */
export function cryptographyFinding({ openssl, withoutSodium }: CryptographyReport): Finding {
  if (withoutSodium === undefined)
    return { state: 'ok', what: `cryptography: OpenSSL ${openssl}, and libsodium for the curves` };
  return {
    state: 'hint',
    what: `cryptography: OpenSSL ${openssl} alone, which is safe and slower (libsodium: ${withoutSodium})`,
    advice: 'Install Sotto again with its optional packages; not every kind of computer has them.',
  };
}

function diskFindings(home: string): readonly Finding[] {
  let there = home;
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  const megabytes = Math.floor(free / 1_048_576);
  const room: Finding =
    free >= FREE_BYTES
      ? { state: 'ok', what: `disk: ${megabytes} MB free for ${home}` }
      : {
          state: 'wrong',
          what: `disk: only ${megabytes} MB free for ${home}`,
          advice: 'Make room: what comes cannot be kept.',
        };
  if (there !== home || process.platform === 'win32') return [room];
  const isOpen = (statSync(home).mode & 0o077) !== 0;
  if (!isOpen) return [room];
  return [
    room,
    { state: 'hint', what: `others on this computer may list ${home}`, advice: `chmod 700 ${home}` },
  ];
}

/** What the folder says without its passphrase. */
export function deviceFindings({ belonging, lock, trouble }: FolderReport): readonly Finding[] {
  if (trouble === 'STORAGE_IN_USE')
    return [
      {
        state: 'ok',
        what: 'this device’s database: in use by another sotto, which is as it should be while one runs',
      },
    ];
  if (trouble !== undefined)
    return [
      {
        state: 'wrong',
        what: `this device’s database cannot be opened (${trouble})`,
        advice:
          'Restore the folder from a backup, or move it away and begin anew: sotto join LINK, or sotto sign-in HANDLE.',
      },
    ];
  if (belonging === undefined) return [{ state: 'ok', what: 'no device in this folder yet' }];
  const database: Finding = {
    state: 'ok',
    what: `this device’s database opens; it belongs to ${belonging.relay}`,
  };
  if (lock === 'locked') return [database, { state: 'ok', what: 'it is locked by a passphrase' }];
  return [
    database,
    {
      state: 'hint',
      what: 'it is not locked: whoever can read the folder can read the chats',
      advice: 'Type /lock in "sotto chat".',
    },
  ];
}

/** What the relay and its certificate look like from here. */
export function relayFindings(relay: string, answer: RelayReport, nowMs: number): readonly Finding[] {
  const { reachable, version, certificate, clockAheadMs } = answer;
  const own = relay.startsWith('http://');
  const findings: Finding[] = [
    reachable
      ? { state: 'ok', what: `${relay} answers${version === undefined ? '' : ` (version ${version})`}` }
      : {
          state: 'wrong',
          what: `${relay} does not answer`,
          advice: own
            ? 'Start your server: sotto start'
            : 'Look whether this computer is in the network, and ask whoever runs the server.',
        },
  ];
  if (certificate !== undefined) {
    const days = Math.floor((certificate.validToMs - nowMs) / DAY_MS);
    findings.push(
      certificate.trusted
        ? { state: 'ok', what: 'its certificate is trusted' }
        : {
            state: 'wrong',
            what: 'its certificate is not trusted here',
            advice: `Compare its fingerprint with the one you were told: --certificate ${certificate.fingerprint}`,
          },
      days >= 0
        ? { state: 'ok', what: `its certificate is good for ${days} days` }
        : {
            state: 'wrong',
            what: 'its certificate has expired',
            advice: 'Whoever runs the server renews it by starting it anew.',
          },
    );
  }
  if (clockAheadMs !== undefined) {
    const seconds = Math.round(Math.abs(clockAheadMs) / 1_000);
    const side = clockAheadMs > 0 ? 'ahead of' : 'behind';
    findings.push(
      Math.abs(clockAheadMs) <= CLOCK_MS
        ? { state: 'ok', what: `clock: within ${Math.ceil(CLOCK_MS / 1_000)} s of the server’s` }
        : {
            state: 'wrong',
            what: `clock: ${seconds} s ${side} the server’s`,
            advice: 'Set this computer’s clock: links, certificates and messages that disappear go by it.',
          },
    );
  }
  return findings;
}

/** What one's own server says to this computer only. */
export interface OwnServer {
  readonly addresses: readonly {
    readonly kind: string;
    readonly origin: string;
    readonly reachable: boolean;
  }[];
  readonly allowedOrigins: readonly string[];
}

async function addressFindings(relay: string, { reachable }: RelayReport): Promise<readonly Finding[]> {
  if (!reachable || !relay.startsWith('http://')) return [];
  try {
    const answer = await fetch(`${relay}/api/host`, { signal: AbortSignal.timeout(10_000) });
    return ownServerFindings((await answer.json()) as OwnServer);
  } catch {
    return [];
  }
}

/** Its addresses, as it has tried them out, and whose pages may use it beside its own. */
export function ownServerFindings({ addresses, allowedOrigins }: OwnServer): readonly Finding[] {
  const others = addresses.filter(({ kind }) => kind !== 'this-computer');
  const reached: readonly Finding[] = others.map(({ origin, reachable }) =>
    reachable
      ? { state: 'ok', what: `people reach your server at ${origin}` }
      : {
          state: 'wrong',
          what: `${origin} does not lead to your server`,
          advice: 'Look at the firewall, the router and the tunnel.',
        },
  );
  const nobody: Finding = {
    state: 'hint',
    what: 'nobody but this computer reaches your server',
    advice: 'Join a network, or set --public-origin.',
  };
  const allowed = allowedOrigins.map(
    (origin): Finding => ({
      state: 'hint',
      what: `pages of ${origin} may use your server, as guests do`,
      advice: 'Not yours? Start the server without it in --allow-origin.',
    }),
  );
  return [...(others.length === 0 ? [nobody] : reached), ...allowed];
}
