import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * For comparing only, and under the AGPL: in no package's dependencies, fetched into a folder of its own when it is
 * asked for, and gone afterwards.
 */
const PACKAGE = '@signalapp/libsignal-client';
const VERSION = '0.103.0';
const FETCH_MS = 300_000;
const DEVICE = 1;
const DISTRIBUTION = '11111111-2222-4333-8444-555555555555';

/** One who writes 200-byte messages to another who reads them, by a protocol of libsignal. */
export interface SignalPair {
  readonly name: string;
  encrypt(plaintext: Uint8Array): Promise<Uint8Array>;
  decrypt(message: Uint8Array): Promise<Uint8Array>;
  /** The other one says something: where keys go back and forth, a side that hears nothing grows slow. */
  answer?(): Promise<void>;
}

interface Serializable {
  serialize(): Uint8Array;
}
interface PublicKey extends Serializable {
  readonly publicKey: true;
}
interface PrivateKey {
  sign(message: Uint8Array): Uint8Array;
  getPublicKey(): PublicKey;
}
interface Address {
  name(): string;
}
interface KyberRecord {
  publicKey(): Serializable;
}

/** Of the package what is called here. */
interface Signal {
  readonly ProtocolAddress: { new: (name: string, device: number) => Address };
  readonly PrivateKey: { generate(): PrivateKey };
  readonly KEMKeyPair: { generate(): { getPublicKey(): Serializable } };
  readonly PreKeyRecord: { new: (id: number, publicKey: PublicKey, privateKey: PrivateKey) => unknown };
  readonly SignedPreKeyRecord: {
    new: (
      id: number,
      timestamp: number,
      publicKey: PublicKey,
      privateKey: PrivateKey,
      signature: Uint8Array,
    ) => unknown;
  };
  readonly KyberPreKeyRecord: {
    new: (id: number, timestamp: number, keyPair: unknown, signature: Uint8Array) => KyberRecord;
  };
  readonly PreKeyBundle: { new: (...parts: unknown[]) => unknown };
  readonly SessionStore: new () => object;
  readonly IdentityKeyStore: new () => object;
  readonly PreKeyStore: new () => object;
  readonly SignedPreKeyStore: new () => object;
  readonly KyberPreKeyStore: new () => object;
  readonly SenderKeyStore: new () => object;
  readonly SignalMessage: { deserialize(bytes: Uint8Array): unknown };
  readonly PreKeySignalMessage: { deserialize(bytes: Uint8Array): unknown };
  readonly SenderKeyDistributionMessage: {
    create(sender: Address, distribution: string, store: object): Promise<Serializable>;
    deserialize(bytes: Uint8Array): unknown;
  };
  processPreKeyBundle(
    bundle: unknown,
    to: Address,
    from: Address,
    sessions: object,
    ids: object,
  ): Promise<void>;
  signalEncrypt(
    text: Uint8Array,
    to: Address,
    from: Address,
    sessions: object,
    ids: object,
  ): Promise<Serializable>;
  signalDecrypt(
    message: unknown,
    from: Address,
    to: Address,
    sessions: object,
    ids: object,
  ): Promise<Uint8Array>;
  signalDecryptPreKey(...parts: unknown[]): Promise<Uint8Array>;
  processSenderKeyDistributionMessage(sender: Address, message: unknown, store: object): Promise<void>;
  groupEncrypt(sender: Address, distribution: string, store: object, text: Uint8Array): Promise<Serializable>;
  groupDecrypt(sender: Address, store: object, message: Uint8Array): Promise<Uint8Array>;
}

/** Fetches the package, runs `work` with its two protocols, and takes it away. A sentence where it cannot be had. */
export async function withSignal(
  work: (pairs: readonly SignalPair[]) => Promise<void>,
): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-bench-signal-'));
  try {
    const wanted = [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--fetch-retries=0',
    ];
    const { status, stderr } = spawnSync('npm', [...wanted, `${PACKAGE}@${VERSION}`], {
      cwd: folder,
      encoding: 'utf8',
      timeout: FETCH_MS,
      shell: process.platform === 'win32',
    });
    if (status !== 0) return `${PACKAGE} cannot be fetched (${reasonIn(stderr)}), so it is left out.`;
    const main = createRequire(join(folder, 'package.json')).resolve(PACKAGE);
    const signal = (await import(/* @vite-ignore */ pathToFileURL(main).href)) as Signal;
    await work([await session(signal), await senderKeys(signal)]);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** npm's code, as `ENOTFOUND`; it says much more. */
const reasonIn = (said: string | null): string =>
  /npm error code (\S+)/.exec(said ?? '')?.[1] ?? 'npm failed';

/** All that one person keeps, in memory. */
function person(signal: Signal, name: string) {
  const address = signal.ProtocolAddress.new(name, DEVICE);
  const identity = signal.PrivateKey.generate();
  const records = new Map<string, unknown>();
  const kept = (kind: string) => ({
    put: async (id: unknown, record: unknown) => void records.set(`${kind}/${String(id)}`, record),
    take: async (id: unknown) => records.get(`${kind}/${String(id)}`) ?? null,
  });
  const [sessions, preKeys, signed, kyber] = ['session', 'prekey', 'signed', 'kyber'].map(kept);
  const store = (base: new () => object, methods: object) => Object.assign(new base(), methods);
  return {
    address,
    identity,
    sessions: store(signal.SessionStore, {
      saveSession: (to: Address, record: Serializable) => sessions!.put(to.name(), record),
      getSession: (to: Address) => sessions!.take(to.name()),
    }),
    ids: store(signal.IdentityKeyStore, {
      getIdentityKey: async () => identity,
      getLocalRegistrationId: async () => 5,
      saveIdentity: async () => 0,
      isTrustedIdentity: async () => true,
      getIdentity: async () => null,
    }),
    preKeys: store(signal.PreKeyStore, {
      savePreKey: preKeys!.put,
      getPreKey: preKeys!.take,
      removePreKey: async () => undefined,
    }),
    signed: store(signal.SignedPreKeyStore, { saveSignedPreKey: signed!.put, getSignedPreKey: signed!.take }),
    kyber: store(signal.KyberPreKeyStore, {
      saveKyberPreKey: kyber!.put,
      getKyberPreKey: kyber!.take,
      markKyberPreKeyUsed: async () => undefined,
    }),
    put: { preKey: preKeys!.put, signed: signed!.put, kyber: kyber!.put },
  };
}

type Person = ReturnType<typeof person>;

/** Gives a person keys that others begin a session with. */
async function bundleOf(signal: Signal, { identity, put }: Person): Promise<unknown> {
  const [once, signed, kem] = [
    signal.PrivateKey.generate(),
    signal.PrivateKey.generate(),
    signal.KEMKeyPair.generate(),
  ];
  const signatureOf = (key: Serializable) => identity.sign(key.serialize());
  const signedSignature = signatureOf(signed.getPublicKey());
  const kemSignature = signatureOf(kem.getPublicKey());
  const now = Date.now();
  await put.preKey(1, signal.PreKeyRecord.new(1, once.getPublicKey(), once));
  await put.signed(2, signal.SignedPreKeyRecord.new(2, now, signed.getPublicKey(), signed, signedSignature));
  await put.kyber(3, signal.KyberPreKeyRecord.new(3, now, kem, kemSignature));
  return signal.PreKeyBundle.new(
    5,
    DEVICE,
    1,
    once.getPublicKey(),
    2,
    signed.getPublicKey(),
    signedSignature,
    identity.getPublicKey(),
    3,
    kem.getPublicKey(),
    kemSignature,
  );
}

/** The ratchets between two, with answers now and then: no signatures. */
async function session(signal: Signal): Promise<SignalPair> {
  const [ada, ben] = [person(signal, 'ada'), person(signal, 'ben')];
  const bundle = await bundleOf(signal, ben);
  await signal.processPreKeyBundle(bundle, ben.address, ada.address, ada.sessions, ada.ids);
  const encrypt = async (from: Person, to: Person, text: Uint8Array) =>
    (await signal.signalEncrypt(text, to.address, from.address, from.sessions, from.ids)).serialize();
  const decrypt = (from: Person, to: Person, message: Uint8Array) =>
    signal.signalDecrypt(
      signal.SignalMessage.deserialize(message),
      from.address,
      to.address,
      to.sessions,
      to.ids,
    );
  const first = signal.PreKeySignalMessage.deserialize(await encrypt(ada, ben, Uint8Array.of(1)));
  await signal.signalDecryptPreKey(
    first,
    ada.address,
    ben.address,
    ben.sessions,
    ben.ids,
    ben.preKeys,
    ben.signed,
    ben.kyber,
  );
  const answer = async () => void (await decrypt(ben, ada, await encrypt(ben, ada, Uint8Array.of(2))));
  await answer();
  return {
    name: 'libsignal, session of two',
    encrypt: text => encrypt(ada, ben, text),
    decrypt: message => decrypt(ada, ben, message),
    answer,
  };
}

/** Sender keys, as in groups there: each message is signed. */
async function senderKeys(signal: Signal): Promise<SignalPair> {
  const sender = signal.ProtocolAddress.new('ada', DEVICE);
  const [own, others] = [senderKeyStore(signal), senderKeyStore(signal)];
  const told = await signal.SenderKeyDistributionMessage.create(sender, DISTRIBUTION, own);
  const heard = signal.SenderKeyDistributionMessage.deserialize(told.serialize());
  await signal.processSenderKeyDistributionMessage(sender, heard, others);
  return {
    name: 'libsignal, sender keys',
    encrypt: async text => (await signal.groupEncrypt(sender, DISTRIBUTION, own, text)).serialize(),
    decrypt: message => signal.groupDecrypt(sender, others, message),
  };
}

function senderKeyStore(signal: Signal): object {
  const records = new Map<string, unknown>();
  return Object.assign(new signal.SenderKeyStore(), {
    saveSenderKey: async (_: Address, id: string, record: unknown) => void records.set(id, record),
    getSenderKey: async (_: Address, id: string) => records.get(id) ?? null,
  });
}
