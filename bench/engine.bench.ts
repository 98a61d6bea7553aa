// The engine with every provider, beside libsignal: 200-byte messages encrypted and decrypted, then the primitives. All
// in turns, in one run, in seconds of the processor's time for this process, which what else the machine does leaves
// alone; ratios are to OpenSSL's provider, which is what any Node has. What is compared differs: Sotto
// signs each message, in a conversation of two as in a group; a session of libsignal signs none, its sender keys each.
// libsignal-client is fetched for this run only (bench/signalClient.ts); without a network it is left out.
import { randomBytes } from 'node:crypto';
import {
  commit,
  createGroup,
  createKeyPackage,
  encrypt,
  join,
  type MlsEnv,
  open,
  type Provider,
  SUITES,
} from '@sotto/mls';
import { nativeEngine } from '@sotto/mls/native';
import { nobleProvider } from '@sotto/mls/noble';
import { nobleAesProvider } from '@sotto/mls/noble-aes';
import { nodeProvider } from '@sotto/mls/node';
import { type SignalPair, withSignal } from './signalClient.ts';

const SUITE = SUITES.MLKEM768X25519_AES256GCM_SHA384_ED25519;
const MESSAGE_BYTES = 200;
const ROUNDS = Number(process.env.ENGINE_ROUNDS ?? 9);
const ROUND_MS = 300;
const AT_ONCE = 20;
const PRIMITIVE_MS = 40;
const random = (lengthBytes: number): Uint8Array => new Uint8Array(randomBytes(lengthBytes));
const text = random(MESSAGE_BYTES);

/** The processor's time that this process has had. */
function busyMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The middle of what was measured, after a round that warms up. */
class Rates {
  readonly #rates: number[] = [];

  add(count: number, tookMs: number): void {
    this.#rates.push((count * 1_000) / tookMs);
  }

  get median(): number {
    const counted = this.#rates.slice(1).sort((a, b) => a - b);
    return counted[counted.length >> 1] ?? Number.NaN;
  }
}

/** Two members of a conversation with a provider: one writes, the other reads. */
function pairWith(provider: Provider): SignalPair {
  const env: MlsEnv = {
    provider,
    random,
    nowSeconds: () => Math.floor(Date.now() / 1_000),
    authenticate: () => true,
    suites: [SUITE],
  };
  const identity = (name: string) => ({
    suite: SUITE,
    credentialIdentity: new TextEncoder().encode(name),
    signaturePrivateKey: random(32),
    lifetimeSeconds: 86_400,
  });
  const founder = createGroup(env, { ...identity('ada'), groupId: random(16), groupExtensions: [] });
  const { keyPackage, privateState } = createKeyPackage(env, identity('ben'));
  const { next, welcome } = commit(env, founder.group, { adds: [keyPackage] });
  let sender = next;
  let reader = join(env, { welcome: welcome!, keyPackage, privateState }).group;
  return {
    name: `Sotto, ${provider.name}`,
    async encrypt(plaintext) {
      const { group, message } = encrypt(env, sender, { plaintext });
      sender = group;
      return message;
    },
    async decrypt(message) {
      const opened = open(env, reader, message);
      reader = opened.group;
      return opened.kind === 'application' ? opened.plaintext : new Uint8Array(0);
    },
  };
}

/** The same in another order each round: who comes after whom makes a difference. */
const turned = <Item>(items: readonly Item[], round: number): readonly Item[] => {
  const first = round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
};

interface Measured {
  readonly pair: SignalPair;
  readonly encrypts: Rates;
  readonly decrypts: Rates;
  /** Of one message. */
  bytes: number;
}

/** Some messages at a time, an answer between them, until both directions have had their time. */
async function oneRound(one: Measured): Promise<void> {
  const { pair, encrypts, decrypts } = one;
  let [count, encryptedMs, decryptedMs] = [0, 0, 0];
  while (encryptedMs + decryptedMs < ROUND_MS) {
    const messages: Uint8Array[] = [];
    const startedMs = busyMs();
    for (let at = 0; at < AT_ONCE; at += 1) messages.push(await pair.encrypt(text));
    const halfMs = busyMs();
    let read: Uint8Array = new Uint8Array(0);
    for (const message of messages) read = await pair.decrypt(message);
    decryptedMs += busyMs() - halfMs;
    encryptedMs += halfMs - startedMs;
    count += AT_ONCE;
    if (Buffer.compare(read, text) !== 0) throw new Error(`${pair.name} reads something else`);
    one.bytes = messages[0]!.length;
    await pair.answer?.();
  }
  encrypts.add(count, encryptedMs);
  decrypts.add(count, decryptedMs);
}

async function compareMessages(pairs: readonly SignalPair[]): Promise<void> {
  const measured: Measured[] = pairs.map(pair => ({
    pair,
    encrypts: new Rates(),
    decrypts: new Rates(),
    bytes: 0,
  }));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const one of turned(measured, round)) await oneRound(one);
  }
  const base = measured[0]!;
  for (const { pair, encrypts, decrypts, bytes } of measured) {
    console.log(
      `  ${pair.name.padEnd(26)} ${shown(encrypts, base.encrypts)} encrypted,${shown(decrypts, base.decrypts)} decrypted, ${bytes} bytes each`,
    );
  }
}

function shown(rates: Rates, base: Rates): string {
  const ratio = (rates.median / base.median).toFixed(2);
  return `${Math.round(rates.median).toLocaleString('en').padStart(9)}/s (${ratio})`;
}

/** Each primitive on what a message of that size meets. */
function primitivesOf(provider: Provider): Readonly<Record<string, () => unknown>> {
  const [key, aeadKey, nonce, aad] = [random(32), random(32), random(12), random(40)];
  const [tbs, content, large] = [random(400), random(300), random(65_536)];
  const publicKey = provider.ed25519PublicKey(key);
  const signature = provider.ed25519Sign(key, tbs);
  const point = provider.x25519PublicKey(random(32));
  const sealed = provider.aeadSeal('AES-256-GCM', aeadKey, nonce, aad, content);
  const seed = random(64);
  const { ciphertext } = provider.mlkem768Encapsulate(provider.mlkem768PublicKey(seed), random(32));
  const secret = random(48);
  return {
    'Ed25519 sign': () => provider.ed25519Sign(key, tbs),
    'Ed25519 verify': () => provider.ed25519Verify(publicKey, tbs, signature),
    X25519: () => provider.x25519(key, point),
    'AES-256-GCM open, 300 B': () => provider.aeadOpen('AES-256-GCM', aeadKey, nonce, aad, sealed),
    'HKDF-Expand SHA-384': () => provider.hkdfExpand('SHA-384', secret, aad, 48),
    'SHA-384, 64 KiB': () => provider.hash('SHA-384', large),
    'ML-KEM-768 decapsulate': () => provider.mlkem768Decapsulate(seed, ciphertext),
  };
}

function comparePrimitives(providers: readonly Provider[]): void {
  const works = providers.map(primitivesOf);
  for (const primitive of Object.keys(works[0]!)) {
    const rates = providers.map(() => new Rates());
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [at, work] of turned([...works.entries()], round)) {
        const startedMs = busyMs();
        let count = 0;
        // Looked at now and then: looking costs as much as a fast primitive.
        while (busyMs() - startedMs < PRIMITIVE_MS)
          for (const end = count + 20; count < end; count += 1) work[primitive]!();
        rates[at]!.add(count, busyMs() - startedMs);
      }
    }
    const all = providers.map(({ name }, at) => `${name}${shown(rates[at]!, rates[0]!)}`);
    console.log(`  ${primitive.padEnd(24)} ${all.join(', ')}`);
  }
}

const { provider, withoutSodium } = nativeEngine();
if (withoutSodium !== undefined) console.log(`libsodium is left out: ${withoutSodium}`);
const providers = [...new Set([nodeProvider, provider])];
const ours = [...providers, nobleProvider, nobleAesProvider];

console.log(
  `${MESSAGE_BYTES}-byte messages, medians of ${ROUNDS} rounds in turns, per second of the processor:`,
);
const missing = await withSignal(signals => compareMessages([...ours.map(pairWith), ...signals]));
if (missing !== undefined) {
  console.log(missing);
  await compareMessages(ours.map(pairWith));
}
console.log('primitives:');
comparePrimitives([...providers, nobleProvider]);
