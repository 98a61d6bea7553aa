// Encrypt and decrypt 200-byte messages in groups of 2 and 100 members, with each provider, and count what is stored.
// The baseline of the same run: what one message costs at the very least, an Ed25519 signature and verification.
import { randomBytes } from 'node:crypto';
import {
  commit,
  createGroup,
  createKeyPackage,
  encrypt,
  type Group,
  join,
  type MlsEnv,
  open,
  type Provider,
  type StateWrite,
  SUITES,
} from '@sotto/mls';
import { nativeEngine } from '@sotto/mls/native';
import { nobleProvider } from '@sotto/mls/noble';
import { nodeProvider } from '@sotto/mls/node';

const SUITE = SUITES.MLKEM768X25519_AES256GCM_SHA384_ED25519;
const MESSAGE_BYTES = 200;
const random = (lengthBytes: number): Uint8Array => new Uint8Array(randomBytes(lengthBytes));

function environment(provider: Provider): MlsEnv {
  return {
    provider,
    random,
    nowSeconds: () => Math.floor(Date.now() / 1000),
    authenticate: () => true,
    suites: [SUITE],
  };
}

const identity = (name: string) => ({
  suite: SUITE,
  credentialIdentity: new TextEncoder().encode(name),
  signaturePrivateKey: random(32),
  lifetimeSeconds: 86_400,
});

/** A group of `size` members, of whom two are really held: who made it and who came last. */
function pairInGroup(env: MlsEnv, size: number): readonly [Group, Group] {
  const founder = createGroup(env, { ...identity('founder'), groupId: random(16), groupExtensions: [] });
  const last = createKeyPackage(env, identity('last'));
  const others = Array.from(
    { length: size - 2 },
    (_, i) => createKeyPackage(env, identity(`member ${i}`)).keyPackage,
  );
  const { next, welcome } = commit(env, founder.group, { adds: [...others, last.keyPackage] });
  if (!welcome) throw new Error('no welcome');
  return [next, join(env, { welcome, keyPackage: last.keyPackage, privateState: last.privateState }).group];
}

const bytesOf = (writes: readonly StateWrite[]): number =>
  writes.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0);

function perSecond(count: number, work: () => void): number {
  const startedMs = performance.now();
  work();
  return count / ((performance.now() - startedMs) / 1000);
}

interface Result {
  readonly encrypts: number;
  readonly decrypts: number;
  readonly storedBytesPerSend: number;
  readonly storedBytesPerReceive: number;
}

function measure(env: MlsEnv, size: number, count: number): Result {
  let [sender, receiver] = pairInGroup(env, size);
  const plaintext = random(MESSAGE_BYTES);
  let sent = 0;
  let received = 0;
  let measured = { encrypts: 0, decrypts: 0 };
  // The first round warms the compiler and the caches; the second counts.
  for (const round of ['warm', 'counted']) {
    const messages: Uint8Array[] = [];
    sent = 0;
    received = 0;
    const encrypts = perSecond(count, () => {
      for (let i = 0; i < count; i += 1) {
        const result = encrypt(env, sender, { plaintext });
        sender = result.group;
        sent += bytesOf(result.writes);
        messages.push(result.message);
      }
    });
    const decrypts = perSecond(count, () => {
      for (const message of messages) {
        const result = open(env, receiver, message);
        receiver = result.group;
        received += bytesOf(result.writes);
      }
    });
    if (round === 'counted') measured = { encrypts, decrypts };
  }
  return { ...measured, storedBytesPerSend: sent / count, storedBytesPerReceive: received / count };
}

function signatures(provider: Provider, count: number): { signs: number; verifies: number } {
  const key = random(32);
  const publicKey = provider.ed25519PublicKey(key);
  const message = random(MESSAGE_BYTES + 200);
  const signature = provider.ed25519Sign(key, message);
  const run = () => ({
    signs: perSecond(count, () => {
      for (let i = 0; i < count; i += 1) provider.ed25519Sign(key, message);
    }),
    verifies: perSecond(count, () => {
      for (let i = 0; i < count; i += 1) provider.ed25519Verify(publicKey, message, signature);
    }),
  });
  run();
  return run();
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const native = new Set([nodeProvider, nativeEngine().provider]);
for (const provider of [...native, nobleProvider]) {
  const count = native.has(provider) ? 10_000 : 400;
  const env = environment(provider);
  const base = signatures(provider, count);
  console.log(
    `\n${provider.name}: ${whole(base.signs)} bare signatures/s, ${whole(base.verifies)} bare verifications/s (baseline)`,
  );
  const results = new Map([2, 100].map(size => [size, measure(env, size, count)]));
  for (const [size, result] of results) {
    console.log(
      `  ${String(size).padStart(3)} members: ${whole(result.encrypts)} encrypts/s (${(result.encrypts / base.signs).toFixed(2)} of baseline), ` +
        `${whole(result.decrypts)} decrypts/s (${(result.decrypts / base.verifies).toFixed(2)}), ` +
        `stored per message: ${whole(result.storedBytesPerSend)} B sending, ${whole(result.storedBytesPerReceive)} B receiving`,
    );
  }
  const [two, hundred] = [results.get(2), results.get(100)];
  if (two && hundred) {
    console.log(
      `  100 members beside 2: ${(hundred.encrypts / two.encrypts).toFixed(2)} encrypts, ${(hundred.decrypts / two.decrypts).toFixed(2)} decrypts, ` +
        `${(hundred.storedBytesPerReceive / two.storedBytesPerReceive).toFixed(2)} stored bytes`,
    );
  }
}
