import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectOptions,
  connect,
  inspectFolder,
  inspectRelay,
  type Message,
  type Sotto,
  type SottoError,
} from './node.ts';
import { RelayOnDisk } from './relayOnDisk.fixture.ts';

const PASSPHRASE = 'a long enough passphrase';
const PASSWORD = 'correct horse battery';

let relay: RelayOnDisk;
let mara: Sotto;
const open: Sotto[] = [];

beforeAll(async () => {
  relay = await new RelayOnDisk().up();
  mara = await opened({ folder: relay.folder('mara'), relay: relay.hostOrigin, name: 'Mara' });
});
afterAll(async () => {
  await Promise.all(open.map(sotto => sotto.close()));
  await relay.remove();
});

async function opened(options: ConnectOptions): Promise<Sotto> {
  const sotto = await connect(options);
  open.push(sotto);
  return sotto;
}

/** The code that it was refused with, or `done`. */
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: SottoError) => error.code,
  );

/** The next message that is handed over, and what was before it. */
function hears(sotto: Sotto) {
  const heard: Message[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const stop = sotto.onMessage(message => {
    heard.push(message);
    for (const { count, resolve } of waiting) if (heard.length >= count) resolve();
  });
  return {
    stop,
    texts: () => heard.map(({ text }) => text),
    async until(count: number): Promise<readonly Message[]> {
      if (heard.length < count) await new Promise<void>(resolve => waiting.push({ count, resolve }));
      return heard;
    },
  };
}

const guestOptions = (name: string, link: string): ConnectOptions => ({
  folder: relay.folder(name),
  link: relay.forGuests(link),
  certificate: relay.certificate,
  name,
});

describe('a program with a folder', () => {
  it('hosts, lets somebody in whose words it sees, and both talk', async () => {
    const room = await mara.host({ title: 'Kitchen' });
    const { link } = await room.invitation();
    const words: (readonly string[])[] = [];
    const stop = mara.onKnock(knock => {
      words.push(knock.words);
      void knock.admit();
    });
    const jonas = await opened({ ...guestOptions('Jonas', link), onWaiting: seen => words.push(seen) });
    stop();
    expect(words).toHaveLength(2);
    expect(words[0]).toEqual(words[1]);
    const [kitchen] = jonas.conversations;
    expect(kitchen!.title).toBe('Kitchen');
    const [atMara, atJonas] = [hears(mara), hears(jonas)];
    const sent = await kitchen!.send('Is there tea?');
    const [question] = await atMara.until(1);
    expect(question).toMatchObject({ text: 'Is there tea?', author: { name: 'Jonas', guest: true } });
    await sent.reached('read', { timeoutMs: 20_000 });
    await question!.reply('Always.');
    const [answer] = await atJonas.until(1);
    expect(answer!.replyTo).toMatchObject({ text: 'Is there tea?' });
    expect((await kitchen!.history()).map(({ text }) => text)).toEqual(['Is there tea?', 'Always.']);
    expect((await kitchen!.history({ limit: 1 })).map(({ text }) => text)).toEqual(['Always.']);
    expect((await kitchen!.history({ before: answer!.order })).map(({ text }) => text)).toEqual([
      'Is there tea?',
    ]);
    atMara.stop();
    atJonas.stop();
  });

  it('verifies a person by the same digits on both sides', async () => {
    const room = await mara.host({ approval: false });
    const { link } = await room.invitation();
    const ada = await opened(guestOptions('Ada', link));
    await mara.until(
      ({ rooms }) => rooms.some(({ members }) => members.some(({ name }) => name === 'Ada')) || undefined,
    );
    const [here, there] = [await mara.verify('Ada'), await ada.verify('Mara')];
    expect(here.digits).toHaveLength(12);
    expect(here.digits).toEqual(there.digits);
    expect([here.trust, there.trust]).toEqual(['unverified', 'verified-by-link']);
    await here.confirm();
    expect((await mara.verify('Ada')).trust).toBe('verified');
    await here.forget();
    expect((await mara.verify('Ada')).trust).toBe('unverified');
    expect(await refusal(mara.verify('Nobody'))).toBe('PERSON_UNKNOWN');
  });

  it('hands over at its next start what its handler was not done with, and nothing else', async () => {
    const room = await mara.host({ approval: false });
    const { link } = await room.invitation();
    const options = guestOptions('Robot', link);
    const first = await connect(options);
    await room.send('one');
    await room.send('two');
    const seen: string[] = [];
    await new Promise<void>(resolve => {
      first.onMessage(
        ({ text }) => {
          seen.push(text);
          if (text === 'two') throw new Error('out of paper');
        },
        { onError: () => resolve() },
      );
    });
    expect(seen).toEqual(['one', 'two']);
    expect(first.conversations[0]!.unread).toBe(1);
    await first.close();
    const three = await room.send('three');
    const second = await opened(options);
    const heard = hears(second);
    await heard.until(2);
    expect(heard.texts()).toEqual(['two', 'three']);
    await three.reached('read', { timeoutMs: 20_000 });
    heard.stop();
  });

  it('goes on with what it has while the relay is away, and says what it said then', async () => {
    const room = await mara.host({ approval: false });
    const jonas = await opened(guestOptions('Offline', (await room.invitation()).link));
    const heard = hears(jonas);
    await relay.down();
    const sent = await room.send('Said to nobody');
    expect(await refusal(sent.reached('sent', { timeoutMs: 50 }))).toBe('TIMED_OUT');
    expect((await room.history()).at(-1)).toMatchObject({ text: 'Said to nobody', state: 'sending' });
    await relay.up();
    mara.port.reconnectNow();
    jonas.port.reconnectNow();
    await heard.until(1);
    await sent.reached('delivered', { timeoutMs: 20_000 });
    heard.stop();
  });
});

describe('a folder', () => {
  it('is locked by its passphrase, for its owner only, and has nothing in clear', async () => {
    const folder = relay.folder('locked');
    const options = { folder, relay: relay.hostOrigin, name: 'Wanda Wetterwachs' };
    const first = await connect({ ...options, passphrase: PASSPHRASE });
    expect(await refusal(connect(options))).toBe('STORAGE_IN_USE');
    await first.close();
    expect(await refusal(connect(options))).toBe('PASSPHRASE_NEEDED');
    expect(await refusal(connect({ ...options, passphrase: 'a long enough guess' }))).toBe('WRONG_SECRET');
    const again = await connect({ folder, passphrase: async () => PASSPHRASE });
    expect(again.state.self?.name).toBe('Wanda Wetterwachs');
    await again.close();
    for (const file of readdirSync(folder)) {
      expect([file, statSync(join(folder, file)).mode & 0o077]).toEqual([file, 0]);
      expect(readFileSync(join(folder, file)).includes('Wetterwachs')).toBe(false);
    }
  });

  it('belongs to one relay, and says so before anything is made', async () => {
    const link = `https://elsewhere.example/chat/${'a'.repeat(24)}#1.${'a'.repeat(22)}.${'b'.repeat(22)}`;
    const folder = relay.folder('empty');
    expect(await refusal(connect({ folder }))).toBe('RELAY_NEEDED');
    expect(existsSync(folder)).toBe(false);
    expect(await refusal(connect({ folder: relay.folder('locked'), link }))).toBe('OTHER_RELAY');
  });

  it('takes the certificate that was given, and no other', async () => {
    const folder = relay.folder('careful');
    const options = { folder, relay: relay.guestOrigin };
    const untrusted = await connect(options).catch((error: SottoError) => error);
    expect(untrusted).toMatchObject({
      code: 'CERTIFICATE_UNTRUSTED',
      facts: { fingerprint: relay.certificate },
    });
    expect(await refusal(connect({ ...options, certificate: relay.certificate.replace(/\w/g, '0') }))).toBe(
      'CERTIFICATE_CHANGED',
    );
    expect(existsSync(folder)).toBe(false);
    const certificate = relay.certificate.toLowerCase().replaceAll(':', ' ');
    await (await connect({ ...options, certificate })).close();
    await (await connect({ folder })).close();
  });

  it('goes on when the relay renews its certificate, and does not when it has another key', async () => {
    const certificate = relay.certificate;
    const options = {
      folder: relay.folder('patient'),
      link: relay.forGuests((await (await mara.host()).invitation()).link),
      certificate,
    };
    const joining = connect({ ...options, name: 'Patience' });
    const stop = mara.onKnock(knock => void knock.admit());
    const patience = await joining;
    stop();
    await relay.down();
    relay.forget('certificate.pem');
    await relay.up();
    expect(relay.certificate).not.toBe(certificate);
    // While it runs, and as it starts anew, also with the old fingerprint in its settings.
    patience.port.reconnectNow();
    await patience.online({ timeoutMs: 20_000 });
    await patience.close();
    const { folder } = options;
    await (await connect({ folder, certificate })).close();
    expect(
      (await inspectRelay(relay.guestOrigin, (await inspectFolder(folder)).belonging)).certificate,
    ).toMatchObject({
      fingerprint: relay.certificate,
      trusted: true,
    });
    expect(await refusal(connect({ ...options, folder: relay.folder('new') })), 'who never saw the key').toBe(
      'CERTIFICATE_CHANGED',
    );
    await relay.down();
    relay.forget('key.pem');
    await relay.up();
    expect(await refusal(connect({ folder }))).toBe('CERTIFICATE_CHANGED');
    expect(await refusal(connect({ folder, certificate }))).toBe('CERTIFICATE_CHANGED');
    await (await connect({ folder, certificate: relay.certificate })).close();
    await (await connect({ folder })).close();
    mara.port.reconnectNow();
  });
});

describe('an account', () => {
  it('signs in, is found by its handle, and answers whom it has accepted', async () => {
    const ada = await opened({ folder: relay.folder('ada'), relay: relay.hostOrigin, name: 'Ada' });
    await ada.online({ timeoutMs: 20_000 });
    await ada.createAccount({ handle: 'ada', password: PASSWORD, name: 'Ada', deviceName: 'Laptop' });
    const bob = await opened({ folder: relay.folder('bob'), relay: relay.hostOrigin, name: 'Bob' });
    await bob.online({ timeoutMs: 20_000 });
    await bob.createAccount({ handle: 'bob', password: PASSWORD, name: 'Bob', deviceName: 'Server' });
    const bobElsewhere = { relay: relay.guestOrigin, certificate: relay.certificate };
    const second = await opened({ folder: relay.folder('bob2'), ...bobElsewhere });
    const signIn = (password: string) => second.signIn({ handle: 'bob', password, deviceName: 'Phone' });
    expect(await refusal(signIn('not the password'))).toBe('SIGN_IN_FAILED');
    await signIn(PASSWORD);
    expect(second.state.account).toMatchObject({ handle: 'bob' });

    const requests: string[] = [];
    const stop = bob.onRequest(conversation => {
      requests.push(conversation.title);
      void conversation.accept();
    });
    const heard = hears(bob);
    const room = await ada.direct('@bob');
    await room.send('Hello Bob');
    const [hello] = await heard.until(1);
    expect(requests).toHaveLength(1);
    const atAda = hears(ada);
    await hello!.reply('Hello Ada');
    await atAda.until(1);
    expect(atAda.texts()).toEqual(['Hello Ada']);
    expect(room.title).toBe('Bob');
    for (const end of [stop, heard.stop, atAda.stop]) end();
  });
});
