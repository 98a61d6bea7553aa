// Sealed messages, each way, at 3072 and 4096 bits, one after the other: left by somebody without an account (JWE), and
// signed (JWE over JWS). Beside them, in the same run, what WebCrypto's bare RSA operations cost on which they stand:
// encrypting and decrypting 32 bytes with RSA-OAEP, signing and verifying with RSA-PSS.
import { randomBytes } from 'node:crypto';
import {
  type CoreEnv,
  createIdentity,
  firstSealedKeys,
  openNote,
  SealedKeyring,
  sealNote,
  sealSignedNote,
} from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';

const TEXT = 'x'.repeat(200);
const FOR_MS = Number(process.env.SEALED_MS ?? 2_000);
const env: CoreEnv = {
  provider: nodeProvider,
  random: length => new Uint8Array(randomBytes(length)),
  nowMs: () => Date.now(),
};

const ROUNDS = 5;

/** How often each can be done in a second, one after the other; in turns, so that all see the same machine. */
async function ratesOf<Name extends string>(
  works: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(works) as Name[];
  const rates = new Map<Name, number[]>(names.map(name => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      let times = 0;
      const startedMs = performance.now();
      while (performance.now() - startedMs < FOR_MS / ROUNDS) {
        await works[name]();
        times += 1;
      }
      // The first warms up.
      if (round > 0) rates.get(name)!.push((times * 1_000) / (performance.now() - startedMs));
    }
  }
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[ROUNDS >> 1]!;
  return Object.fromEntries(names.map(name => [name, median(rates.get(name)!)])) as Record<Name, number>;
}

async function bareRsa(modulusLength: number) {
  const algorithm = { modulusLength, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' };
  const oaep = await crypto.subtle.generateKey({ name: 'RSA-OAEP', ...algorithm }, false, [
    'encrypt',
    'decrypt',
  ]);
  const pss = await crypto.subtle.generateKey({ name: 'RSA-PSS', ...algorithm }, false, ['sign', 'verify']);
  const key = new Uint8Array(randomBytes(32));
  const message = new Uint8Array(randomBytes(300));
  const sealed = await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, oaep.publicKey, key);
  const salted = { name: 'RSA-PSS', saltLength: 32 };
  const signature = await crypto.subtle.sign(salted, pss.privateKey, message);
  return {
    encrypt: () => crypto.subtle.encrypt({ name: 'RSA-OAEP' }, oaep.publicKey, key),
    decrypt: () => crypto.subtle.decrypt({ name: 'RSA-OAEP' }, oaep.privateKey, sealed),
    sign: () => crypto.subtle.sign(salted, pss.privateKey, message),
    verify: () => crypto.subtle.verify(salted, pss.publicKey, signature, message),
  };
}

async function person(bits: 3072 | 4096) {
  const identity = createIdentity(env, { kind: 'member' });
  const startedMs = performance.now();
  const own = await firstSealedKeys(env, identity, { bits, strangers: true });
  return { own, keyring: new SealedKeyring(env, identity, own), madeMs: performance.now() - startedMs };
}

const shown = (rate: number): string => rate.toFixed(0).padStart(6);

for (const bits of [3072, 4096] as const) {
  const [mara, ben] = [await person(bits), await person(bits)];
  const to = mara.own.published;
  let n = 0;
  const note = () => ({ id: `bench-note-${n++}`, sentAtMs: Date.now(), text: TEXT });
  const reader = {
    keyring: mara.keyring,
    senderKeys: async () => ben.own.published,
    scope: '',
    seen: async () => false,
  };
  const alone = await sealNote(to, note());
  const signed = await sealSignedNote(ben.keyring, to, note());
  const rates = await ratesOf({
    ...(await bareRsa(bits)),
    seal: () => sealNote(to, note()),
    open: () => openNote(env, alone, reader),
    sealSigned: () => sealSignedNote(ben.keyring, to, note()),
    openSigned: () => openNote(env, signed, reader),
  });
  const both = (a: number, b: number) => 1 / (1 / a + 1 / b);
  const line = (what: string, rate: number, floor: number) =>
    console.log(`  ${what} ${shown(rate)}/s; bare RSA ${shown(floor)}/s; ratio ${(rate / floor).toFixed(2)}`);
  console.log(`${bits} bits, ${TEXT.length}-byte texts (two key pairs made in ${mara.madeMs.toFixed(0)} ms)`);
  line('encrypted        ', rates.seal, rates.encrypt);
  line('opened           ', rates.open, rates.decrypt);
  line('signed, encrypted', rates.sealSigned, both(rates.sign, rates.encrypt));
  line('opened, verified ', rates.openSigned, both(rates.decrypt, rates.verify));
  console.log(`  ${alone.length} bytes each; signed ${signed.length} bytes`);
}
