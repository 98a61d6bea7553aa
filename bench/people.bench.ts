// Groups of 2, 50, 250 and 1,000 members with the hybrid suite: adding one, joining, processing a Commit, fresh keys,
// a message, each with its bytes on the wire and in the store. Twice: as a group is when nobody but its founder has
// committed yet, and re-keyed, as it is once members have refreshed their keys. The baseline of the same run is what an
// Ed25519 verification and an encapsulation of the hybrid KEM cost. Then the same with whole devices, engine and store,
// and a relay between them: an account, a device more, a group, one member more. `PEOPLE_SIZES=2,50` takes other sizes.
import { randomBytes } from 'node:crypto';
import {
  commit,
  createGroup,
  createKeyPackage,
  encodedTreeOf,
  encrypt,
  type Group,
  join,
  type MlsEnv,
  type NewKeyPackage,
  open,
  type StateWrite,
  SUITES,
  saveGroup,
  splitWelcome,
} from '@sotto/mls';
import { nodeProvider } from '@sotto/mls/node';
import { accountSteps, groupSteps, type Step } from './peopleAtRelay.ts';

const SUITE = SUITES.MLKEM768X25519_AES256GCM_SHA384_ED25519;
const SIZES = (process.env.PEOPLE_SIZES ?? '2,50,250,1000').split(',').map(Number);
/** As many as the relay takes at once. */
const ADDS_PER_COMMIT = 50;
/** Of so many members one refreshes its keys while the group is built. */
const UPDATER_OF = 8;
const ROUNDS = 5;
const random = (lengthBytes: number): Uint8Array => new Uint8Array(randomBytes(lengthBytes));

/** Who vouches for members: one signature for each leaf, as a device certificate has. */
const authorityKey = random(32);
const authorityPublicKey = nodeProvider.ed25519PublicKey(authorityKey);

const env: MlsEnv = {
  provider: nodeProvider,
  random,
  nowSeconds: () => Math.floor(Date.now() / 1000),
  authenticate: ({ credential: { identity }, signatureKey }) =>
    nodeProvider.ed25519Verify(authorityPublicKey, signatureKey, identity.subarray(0, 64)),
  suites: [SUITE],
};

function identity() {
  const signaturePrivateKey = random(32);
  const publicKey = nodeProvider.ed25519PublicKey(signaturePrivateKey);
  const certificate = new Uint8Array(220);
  certificate.set(nodeProvider.ed25519Sign(authorityKey, publicKey));
  return { suite: SUITE, credentialIdentity: certificate, signaturePrivateKey, lifetimeSeconds: 86_400 };
}

const newcomers = (count: number): NewKeyPackage[] =>
  Array.from({ length: count }, () => createKeyPackage(env, identity()));

const bytesOf = (writes: readonly StateWrite[]): number =>
  writes.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0);

interface Timed<T> {
  readonly ms: number;
  readonly result: T;
}

function timed<T>(work: () => T): Timed<T> {
  const startedMs = performance.now();
  const result = work();
  return { ms: performance.now() - startedMs, result };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Adds members, the tree beside the Welcome. */
function add(group: Group, packages: readonly NewKeyPackage[]) {
  return commit(env, group, {
    adds: packages.map(({ keyPackage }) => keyPackage),
    treeElsewhere: () => [],
  });
}

function enter(added: ReturnType<typeof add>, { keyPackage, privateState }: NewKeyPackage, index: number) {
  const welcome = splitWelcome(added.welcome as Uint8Array)[index] as Uint8Array;
  return join(env, { welcome, keyPackage, privateState, ratchetTree: added.ratchetTree as Uint8Array });
}

function take(group: Group, message: Uint8Array): Group {
  const opened = open(env, group, message);
  if (opened.kind !== 'commit') throw new Error('not a commit');
  return opened.group;
}

/** A group of `size` members, of whom the founder and the one who came last are really held. */
function build(size: number, rekeyed: boolean): { founder: Group; member: Group; createMs: number } {
  let founder = createGroup(env, { ...identity(), groupId: random(16), groupExtensions: [] }).group;
  let member: Group | undefined;
  let createMs = 0;
  for (let made = 1; made < size; ) {
    const packages = newcomers(Math.min(ADDS_PER_COMMIT, size - made));
    const { ms, result } = timed(() => add(founder, packages));
    createMs += ms;
    founder = result.next;
    const last = packages.length - 1;
    if (made + packages.length === size) member = enter(result, packages[last] as NewKeyPackage, last).group;
    for (const [index, one] of packages.entries()) {
      if (!rekeyed || (made + index) % UPDATER_OF !== 1 || index === last) continue;
      // One after the other: who came with the same Commit follows the updates before its own.
      const updater = updates.reduce(take, enter(result, one, index).group);
      const update = commit(env, updater, {});
      founder = take(founder, update.commit);
      updates.push(update.commit);
    }
    if (member !== undefined) member = updates.reduce(take, member);
    updates.length = 0;
    made += packages.length;
  }
  return { founder, member: member as Group, createMs };
}
const updates: Uint8Array[] = [];

interface Measured {
  readonly adder: number;
  readonly member: number;
  readonly joiner: number;
  readonly update: number;
  readonly updateTaken: number;
  readonly addBytes: number;
  readonly updateBytes: number;
  readonly welcomeBytes: number;
  readonly treeBytes: number;
  readonly stateBytes: number;
  readonly addStored: number;
  readonly updateStored: number;
  readonly sendStored: number;
  readonly openStored: number;
}

function measure(built: { founder: Group; member: Group }): Measured {
  const rounds = Array.from({ length: ROUNDS }, (): Measured => {
    const [newcomer] = newcomers(1) as [NewKeyPackage];
    const added = timed(() => add(built.founder, [newcomer]));
    const received = timed(() => open(env, built.member, added.result.commit));
    const joined = timed(() => enter(added.result, newcomer, 0));
    const founder = added.result.next;
    const member = received.result.group;
    const update = timed(() => commit(env, member, {}));
    const taken = timed(() => open(env, founder, update.result.commit));
    const sent = encrypt(env, founder, { plaintext: random(200) });
    const first = open(env, member, sent.message);
    // The first message of a sender in an epoch walks down the secret tree; every later one is like this.
    const again = encrypt(env, sent.group, { plaintext: random(200) });
    const opened = open(env, first.group, again.message);
    return {
      adder: added.ms,
      member: received.ms,
      joiner: joined.ms,
      update: update.ms,
      updateTaken: taken.ms,
      addBytes: added.result.commit.length,
      updateBytes: update.result.commit.length,
      welcomeBytes: (added.result.welcome as Uint8Array).length,
      treeBytes: encodedTreeOf(joined.result.group).length,
      stateBytes: bytesOf(saveGroup(joined.result.group)),
      addStored: bytesOf(received.result.writes),
      updateStored: bytesOf(taken.result.writes),
      sendStored: bytesOf(again.writes),
      openStored: bytesOf(opened.writes),
    };
  });
  const names = Object.keys(rounds[0] as Measured) as (keyof Measured)[];
  return Object.fromEntries(names.map(name => [name, median(rounds.map(one => one[name]))])) as never;
}

function baseline(): { verifyMs: number; encapMs: number } {
  const message = random(400);
  const signature = nodeProvider.ed25519Sign(authorityKey, message);
  const each = (count: number, work: () => void) =>
    timed(() => {
      for (let i = 0; i < count; i++) work();
    }).ms / count;
  const verify = () => nodeProvider.ed25519Verify(authorityPublicKey, message, signature);
  const publicKey = nodeProvider.mlkem768PublicKey(random(64));
  const encap = () => nodeProvider.mlkem768Encapsulate(publicKey, random(32));
  for (const warm of [verify, encap]) each(200, warm);
  return { verifyMs: each(1_000, verify), encapMs: each(500, encap) };
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : whole(value)} ms`;

const base = baseline();
console.log(
  `baseline: ${(base.verifyMs * 1000).toFixed(0)} µs an Ed25519 verification, ${(base.encapMs * 1000).toFixed(0)} µs an ML-KEM-768 encapsulation`,
);
for (const rekeyed of [false, true]) {
  console.log(
    rekeyed ? '\nre-keyed: one of eight has refreshed its keys' : '\nonly the founder has committed',
  );
  for (const size of SIZES) {
    const built = build(size, rekeyed);
    const m = measure(built);
    console.log(
      `${String(size).padStart(5)} members: built in ${ms(built.createMs)}; add one: adder ${ms(m.adder)} ` +
        `(${(m.adder / base.encapMs).toFixed(0)} encapsulations), each member ${ms(m.member)}, ` +
        `joiner ${ms(m.joiner)} (${(m.joiner / base.verifyMs / size).toFixed(1)} verifications a member); ` +
        `fresh keys ${ms(m.update)}, each member ${ms(m.updateTaken)}`,
    );
    console.log(
      `       wire: add ${whole(m.addBytes)} B, fresh keys ${whole(m.updateBytes)} B, Welcome ${whole(m.welcomeBytes)} B, tree ${whole(m.treeBytes)} B; ` +
        `stored: ${whole(m.stateBytes)} B in all, ${whole(m.addStored)} B an add, ${whole(m.updateStored)} B fresh keys, ` +
        `${whole(m.sendStored)} B a message sent, ${whole(m.openStored)} B received`,
    );
  }
}

const step = (name: string, { ms: took, wireBytes }: Step): string =>
  `${name} ${ms(took)}, ${whole(wireBytes)} B`;

console.log('\nwhole devices and a relay, in one thread; bytes both ways, of all who are there');
const { create, addDevice } = await accountSteps();
console.log(`  ${step('create an account', create)}; ${step('add a device', addDevice)}`);
for (const size of SIZES) {
  const m = await groupSteps(size);
  console.log(
    `${String(size).padStart(5)} members: ${step('created in', m.create)}; ${step('add one: adder', m.addOne)}, ` +
      `another member ${ms(m.memberMs)}, joiner ${ms(m.joinerMs)} (${step('all of it', m.join)}); ` +
      `${step('a text', m.message)}; ${step('remove one', m.remove)}`,
  );
}
