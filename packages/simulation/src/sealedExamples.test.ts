import { spawn, spawnSync } from 'node:child_process';
import { createPrivateKey, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CoreEnv,
  createIdentity,
  encodeWrappedKeys,
  firstSealedKeys,
  makeSourceToken,
  type OpenedNote,
  openNote,
  SealedKeyring,
} from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
import { base64urlEncode, decodeSealedDelivery, LIMITS } from '@sotto/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAccount } from '../../relay/src/testing/accountClient.fixture.ts';
import { accountsOverHttp } from '../../relay/src/testing/accountsOverHttp.fixture.ts';
import { TestDevice } from '../../relay/src/testing/device.fixture.ts';
import { relayServer, SocketClient, type TestServer } from '../../relay/src/testing/relayServer.fixture.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const env: CoreEnv = {
  provider: nodeProvider,
  random: length => new Uint8Array(randomBytes(length)),
  nowMs: () => Date.now(),
};
const has = (command: string, ...args: readonly string[]) => spawnSync(command, args).status === 0;
/** Debian's own Python has Debian's packages. */
const path = `/usr/bin:${process.env.PATH}`;
const hasPython = has('/usr/bin/python3', '-c', 'import jwcrypto');
const hasShell = hasPython && has('jose', 'alg') && has('curl', '--version') && has('openssl', 'version');
const why = (there: boolean, what: string) => (there ? '' : ` (skipped: no ${what} on this computer)`);

let relay: TestServer;
let client: SocketClient;
let keyring: SealedKeyring;
let accountKey: string;
let tokenFile: string;
let inboxId: TestDevice['inboxId'];

beforeAll(async () => {
  relay = await relayServer();
  const identity = createIdentity(env, { kind: 'member' });
  const jwk = {
    kty: 'OKP',
    crv: 'Ed25519',
    d: base64urlEncode(identity.accountPrivateKey),
    x: base64urlEncode(identity.accountKey),
  };
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  const device = new TestDevice({ publicKey: identity.accountKey, privateKey });
  const mara = new TestAccount('mara', undefined, { device });
  await mara.register(accountsOverHttp(relay.hostOrigin), relay.hostOrigin);
  client = await SocketClient.online(relay.hostOrigin, { device });
  const own = await firstSealedKeys(env, identity, { bits: 3072, strangers: false });
  const put = {
    type: 'putSealedKeys',
    signedSealedKeys: own.published.signed,
    wrappedKeys: encodeWrappedKeys(own.wrapped),
  } as const;
  expect(await client.ask(put)).toEqual({ type: 'done' });
  const { sourceId, token, tokenHash } = makeSourceToken(env);
  const sealedAbout = Uint8Array.of(1);
  await client.ask({ type: 'putSealedSource', sourceId, tokenHash, sealedAbout, perHour: 60 });
  inboxId = device.inboxId;
  await client.ask({ type: 'subscribe', streamId: inboxId, afterSeq: 0 });
  keyring = new SealedKeyring(env, identity, own);
  accountKey = base64urlEncode(identity.accountKey);
  tokenFile = join(relay.folder, 'token');
  writeFileSync(tokenFile, `${token}\n`);
});

afterAll(async () => {
  client.socket.close();
  await relay.cleanUp();
});

/** Runs an example as its first lines say; gives how it ended. */
function runExample(
  command: readonly string[],
  text: string,
  { key = accountKey, files = [] }: { key?: string; files?: readonly string[] } = {},
): Promise<number | null> {
  const [program = '', ...args] = command;
  const child = spawn(program, [...args, relay.hostOrigin, 'mara', key, text, ...files], {
    cwd: root,
    env: { ...process.env, PATH: path, SOTTO_TOKEN_FILE: tokenFile },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', chunk => {
    said += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => {
      if (code !== 0 && key === accountKey) reject(new Error(said));
      else resolve(code);
    });
  });
}

let taken = 0;

/** The next message in the inbox, or where it lies. */
async function nextMessage(): Promise<Uint8Array> {
  taken += 1;
  const entries = await client.entries(inboxId, taken);
  const { message, stored } = decodeSealedDelivery(entries[taken - 1]!.payload);
  if (stored === undefined) return message!;
  const chunks: Uint8Array[] = [];
  for (let index = 0; index * LIMITS.blobChunkBytes < stored.sizeBytes; index++) {
    const answer = await client.ask({ type: 'getBlobChunk', blobId: stored.blobId, index });
    if (answer.type === 'blobChunk') chunks.push(answer.bytes);
  }
  return Buffer.concat(chunks);
}

async function nextNote(): Promise<OpenedNote> {
  return openNote(env, new TextDecoder().decode(await nextMessage()), {
    keyring,
    senderKeys: async () => undefined,
    scope: '',
    seen: async () => false,
  });
}

const TEXT = 'Disk 91 % full: “/var”, $HOME & \\n';
const OTHER_KEY = base64urlEncode(nodeProvider.ed25519PublicKey(new Uint8Array(32).fill(7)));
const EXAMPLES = [
  { name: 'alert.ts', command: ['npx', 'vite-node', 'examples/alert.ts'], there: true, needs: '' },
  {
    name: 'alert.py',
    command: ['/usr/bin/python3', 'examples/alert.py'],
    there: hasPython,
    needs: 'python3-jwcrypto',
  },
  {
    name: 'alert.sh',
    command: ['sh', 'examples/alert.sh'],
    there: hasShell,
    needs: 'jose, curl and openssl',
  },
];

describe.each(EXAMPLES)('$name', ({ command, there, needs }) => {
  it.skipIf(!there)(`sends what only its reader can read${why(there, needs)}`, async () => {
    await runExample(command, TEXT);
    expect(await nextNote()).toMatchObject({ text: TEXT, attachments: [] });
  });

  it.skipIf(!there)(`sends a file along, also a large one${why(there, needs)}`, async () => {
    const bytes = randomBytes(300_000);
    const file = join(relay.folder, 'Grüße from “disk 1”.bin');
    writeFileSync(file, bytes);
    await runExample(command, TEXT, { files: [file] });
    const { text, attachments } = await nextNote();
    expect([text, attachments.map(({ name, mediaType }) => [name, mediaType])]).toEqual([
      TEXT,
      [['Grüße from “disk 1”.bin', 'application/octet-stream']],
    ]);
    expect(bytes.equals(attachments[0]!.bytes)).toBe(true);
  });

  it.skipIf(!there)(`encrypts to no key that the account did not sign${why(there, needs)}`, async () => {
    expect(await runExample(command, TEXT, { key: OTHER_KEY })).not.toBe(0);
    expect((await client.entries(inboxId, taken)).length).toBe(taken);
  });
});
