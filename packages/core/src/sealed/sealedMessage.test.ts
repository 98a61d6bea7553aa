import { constants, publicEncrypt } from 'node:crypto';
import { base64urlDecode, base64urlEncode, LIMITS, type SealedKey, sealedKeyJwk } from '@sotto/protocol';
import { CompactEncrypt, CompactSign } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { testEnv } from '../testEnv.fixture.ts';
import { decryptCompact, decryptGeneral, encryptGeneral, JWE_TYPE } from './jwe.ts';
import { rotateSealedKeys } from './publishedKeys.ts';
import { publicRsaKey, rsaKeyPem } from './rsaKeys.ts';
import { SealedKeyring } from './sealedKeyring.ts';
import { openNote, type SealedNote, sealNote, sealSignedNote } from './sealedMessage.ts';
import { readerOf, type SealedPerson, sealedPerson } from './sealedPeople.fixture.ts';
import { type BadSealedReason, sealedReasonOf } from './sealedRefusal.ts';

const env = testEnv('sealed messages');
const note: SealedNote = {
  id: '6f1c1c2e-tip-0001',
  sentAtMs: 1_770_000_000_123,
  text: 'The key is under the mat.',
};
let mara: SealedPerson;
let ben: SealedPerson;
let cyd: SealedPerson;

beforeAll(async () => {
  [mara, ben, cyd] = await Promise.all([sealedPerson(env), sealedPerson(env), sealedPerson(env)]);
});

const open = (jwe: string, reader = readerOf(mara, ben, cyd)) => openNote(env, jwe, reader);

async function refused(
  reason: BadSealedReason,
  jwe: string,
  reader = readerOf(mara, ben, cyd),
): Promise<void> {
  const error: unknown = await open(jwe, reader).then(
    opened => ({ opened }),
    (thrown: unknown) => thrown,
  );
  expect(sealedReasonOf(error), `${JSON.stringify(error)} ${(error as Error).message}`).toBe(reason);
  expect((error as Error).message).toMatch(/^[A-Z].*\.$/);
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const part = (value: unknown) => base64urlEncode(json(value));
const claimsOf = ({ id, sentAtMs, text }: SealedNote) => ({ jti: id, iat: sentAtMs / 1_000, text });
const goodHeader = (key: SealedKey, cty = 'json') =>
  ({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: key.kid, typ: JWE_TYPE, cty }) as const;

/** As another library might do it: any header, any plaintext. */
async function jweOf(
  key: SealedKey,
  plaintext: Uint8Array,
  header: Record<string, unknown> = goodHeader(key),
): Promise<string> {
  return new CompactEncrypt(plaintext)
    .setProtectedHeader(header as ReturnType<typeof goodHeader>)
    .encrypt(await publicRsaKey(key));
}

async function jwsOf(
  signer: SealedPerson,
  claims: object,
  header: Record<string, unknown> = {},
): Promise<Uint8Array> {
  const { kid, key } = await signer.keyring.signer();
  const protectedHeader = { alg: 'PS256', kid, typ: 'sotto-sealed+jwt', ...header };
  return new TextEncoder().encode(
    await new CompactSign(json(claims)).setProtectedHeader(protectedHeader).sign(key),
  );
}

describe('a sealed message', () => {
  it('is read by whom it is for, signed or not', async () => {
    const anonymous = await open(await sealNote(mara.own.published, { ...note, from: 'A friend\u202e' }));
    expect(anonymous).toMatchObject({ text: note.text, sentAtMs: note.sentAtMs, from: 'A friend' });
    expect(anonymous.sender).toBeUndefined();
    const signed = await open(await sealSignedNote(ben.keyring, mara.own.published, note));
    expect(signed).toMatchObject({
      text: note.text,
      sentAtMs: note.sentAtMs,
      sender: ben.identity.accountId,
    });
    expect(signed.messageId).not.toBe(anonymous.messageId);
  });

  it('has only the header members that stand in the standard, with fixed values', async () => {
    const jwe = await sealNote(mara.own.published, note);
    expect(JSON.parse(new TextDecoder().decode(base64urlDecode(jwe.split('.')[0]!)))).toEqual(
      goodHeader(mara.own.published.encryption),
    );
  });

  it('is read with an old key after a rotation, and no more once that key is gone', async () => {
    const jwe = await sealNote(mara.own.published, note);
    const rotated = await rotateSealedKeys(env, mara.identity, mara.own, { bits: 3072 });
    const reader = { ...readerOf(mara), keyring: new SealedKeyring(env, mara.identity, rotated) };
    expect((await open(jwe, reader)).text).toBe(note.text);
    const { published, wrapped } = rotated;
    const lost = new Map([...wrapped].filter(([kid]) => kid !== mara.own.published.encryption.kid));
    const without = new SealedKeyring(env, mara.identity, { published, wrapped: lost });
    await refused('unknown-key', jwe, { ...reader, keyring: without });
  });

  it('every other algorithm is refused, whatever its header says', async () => {
    const key = mara.own.published.encryption;
    const [, ...rest] = (await sealNote(mara.own.published, note)).split('.');
    for (const change of [
      { alg: 'RSA1_5' },
      { alg: 'none' },
      { alg: 'RSA-OAEP' },
      { alg: 'dir' },
      { alg: 'PBES2-HS256+A128KW' },
      { alg: undefined },
      { enc: 'A128CBC-HS256' },
      { enc: 'A128GCM' },
      { enc: 'none' },
    ]) {
      await refused('algorithm', [part({ ...goodHeader(key), ...change }), ...rest].join('.'));
    }
    // Well made, by the old padding and by the old hash.
    const cek = new Uint8Array(32).fill(5);
    const spki = await rsaKeyPem(key);
    const old = publicEncrypt({ key: spki, padding: constants.RSA_PKCS1_PADDING }, cek);
    const header = part({ ...goodHeader(key), alg: 'RSA1_5' });
    await refused('algorithm', [header, base64urlEncode(old), ...rest.slice(1)].join('.'));
    const sha1 = await crypto.subtle.importKey(
      'jwk',
      { ...sealedKeyJwk(key), alg: 'RSA-OAEP' } as JsonWebKey,
      { name: 'RSA-OAEP', hash: 'SHA-1' },
      false,
      ['encrypt'],
    );
    const weak = await new CompactEncrypt(json(claimsOf(note)))
      .setProtectedHeader({ ...goodHeader(key), alg: 'RSA-OAEP' })
      .encrypt(sha1);
    await refused('algorithm', weak);
    // And under the name of the right one, it does not open.
    await refused('cannot-open', [part(goodHeader(key)), ...weak.split('.').slice(1)].join('.'));
  });

  it('with anything more in its header, or less, is refused', async () => {
    const key = mara.own.published.encryption;
    const plaintext = json(claimsOf(note));
    const [, ...rest] = (await jweOf(key, plaintext)).split('.');
    const withHeader = (header: object) => [part(header), ...rest].join('.');
    for (const more of [
      { zip: 'DEF' },
      { crit: ['exp'], exp: 1 },
      { apu: 'AA' },
      { jwk: sealedKeyJwk(key) },
      { jku: 'https://example.org/keys' },
      { x5u: 'https://example.org' },
      { b64: false },
    ]) {
      await refused('header', withHeader({ ...goodHeader(key), ...more }));
    }
    await refused('header', withHeader({ ...goodHeader(key), typ: 'JWE' }));
    await refused('header', withHeader({ ...goodHeader(key), cty: 'text' }));
    const { kid: _kid, ...without } = goodHeader(key);
    await refused('malformed', withHeader(without));
    // Made whole with another type: it is for another purpose.
    await refused('header', await jweOf(key, plaintext, { ...goodHeader(key), typ: 'JOSE' }));
  });

  it('for a key that is not this account’s is refused', async () => {
    await refused('unknown-key', await sealNote(ben.own.published, note));
    // Under the id of another's key it does not open.
    const [, ...rest] = (await sealNote(ben.own.published, note)).split('.');
    await refused('cannot-open', [part(goodHeader(mara.own.published.encryption)), ...rest].join('.'));
  });

  it('cut short or changed anywhere is refused', async () => {
    const jwe = await sealNote(mara.own.published, note);
    for (const length of [0, 1, 20, jwe.length >> 1, jwe.length - 1, jwe.length - 4]) {
      expect(sealedReasonOf(await open(jwe.slice(0, length)).catch((error: unknown) => error))).toMatch(
        /^(malformed|cannot-open)$/,
      );
    }
    const parts = jwe.split('.');
    for (const at of [1, 2, 3, 4]) {
      const bytes = base64urlDecode(parts[at]!);
      bytes[bytes.length >> 1]! ^= 1;
      await refused('cannot-open', parts.with(at, base64urlEncode(bytes)).join('.'));
    }
    await refused('malformed', `${jwe}=`);
    await refused('malformed', `${jwe}.`);
    await refused('malformed', jwe.replace('.', '..'));
  });

  it('that is too large is refused, before anything is decrypted', async () => {
    const asked: string[] = [];
    const large = `${part(goodHeader(mara.own.published.encryption))}.${'A'.repeat(LIMITS.sealedPostBytes)}.A.A.A`;
    const watching = async (kid: string) => {
      asked.push(kid);
      return undefined;
    };
    await expect(decryptCompact(large, watching)).rejects.toMatchObject({ facts: { reason: 'too-large' } });
    expect(asked).toEqual([]);
    const text = 'x'.repeat(LIMITS.textBytes + 1);
    await expect((async () => sealNote(mara.own.published, { ...note, text }))()).rejects.toMatchObject({
      facts: { reason: 'too-large' },
    });
    await refused('too-large', await jweOf(mara.own.published.encryption, json({ ...claimsOf(note), text })));
    const whole = 'x'.repeat(LIMITS.textBytes);
    const jwe = await sealSignedNote(ben.keyring, mara.own.published, { ...note, text: whole });
    expect((await open(jwe)).text).toBe(whole);
  });

  it('that says more than is known, or nothing, is refused', async () => {
    const key = mara.own.published.encryption;
    const inside = (claims: object) => jweOf(key, json(claims));
    await refused('unsupported', await inside({ ...claimsOf(note), nbf: 1 }));
    await refused('malformed', await inside({ ...claimsOf(note), text: '' }));
    await refused('malformed', await inside({ ...claimsOf(note), jti: 'short' }));
    await refused('malformed', await inside({ ...claimsOf(note), iat: 'now' }));
    await refused('malformed', await inside({ ...claimsOf(note), iat: -1 }));
    await refused('malformed', await inside([claimsOf(note)]));
    await refused('malformed', await jweOf(key, Uint8Array.of(0xff, 0xfe)));
    const polluting = '{"jti":"12345678","iat":1,"text":"x","__proto__":{"text":"y"}}';
    await refused('unsupported', await jweOf(key, new TextEncoder().encode(polluting)));
  });

  it('that came before is refused', async () => {
    const jwe = await sealNote(mara.own.published, note);
    const { messageId } = await open(jwe);
    const reader = { ...readerOf(mara), seen: async (id: string) => id === messageId };
    await refused('replayed', jwe, reader);
    // Encrypted anew it is still the same message, and under another's name it is not.
    await refused('replayed', await sealNote(mara.own.published, note), reader);
    expect((await open(jwe, { ...reader, scope: 'src' })).text).toBe(note.text);
  });
});

describe('attachments', () => {
  const plan = { name: 'plan of the cellar.png', mediaType: 'image/png', bytes: Uint8Array.of(1, 2, 255) };
  const someBytes = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, (_, at) => (at * at) % 251);
  const claimed = (change: object = {}) => ({
    name: 'a.txt',
    type: 'text/plain',
    data: base64urlEncode(Uint8Array.of(104, 105)),
    ...change,
  });
  const inside = (...attachments: readonly unknown[]) =>
    jweOf(mara.own.published.encryption, json({ ...claimsOf(note), attachments }));

  it('come with a message, signed or not, and without a word beside them', async () => {
    const second = { name: 'naïve ❤️.txt', mediaType: 'text/plain', bytes: someBytes(700) };
    const attachments = [plan, second];
    const anonymous = await open(await sealNote(mara.own.published, { ...note, text: '', attachments }));
    expect(anonymous).toMatchObject({ text: '', attachments });
    const signed = await sealSignedNote(ben.keyring, mara.own.published, { ...note, attachments });
    expect(await open(signed)).toMatchObject({ sender: ben.identity.accountId, attachments });
    expect((await open(await sealNote(mara.own.published, note))).attachments).toEqual([]);
    expect((await open(await inside(claimed()))).attachments).toEqual([
      { name: 'a.txt', mediaType: 'text/plain', bytes: Uint8Array.of(104, 105) },
    ]);
  });

  it('up to the limits are taken, and beyond them neither sealed nor opened', async () => {
    const bytes = new Uint8Array(LIMITS.sealedAttachmentsBytes).fill(7);
    const whole = { ...plan, bytes };
    const jwe = await sealNote(mara.own.published, { ...note, attachments: [whole] });
    expect(jwe.length).toBeLessThan(LIMITS.sealedPostBytes);
    expect((await open(jwe)).attachments[0]!.bytes.length).toBe(bytes.length);
    for (const attachments of [[whole, plan], Array.from({ length: 11 }, () => plan)]) {
      await expect(sealNote(mara.own.published, { ...note, attachments })).rejects.toMatchObject({
        facts: { reason: 'too-large' },
      });
    }
    // Signed, the same would be too large to post.
    await expect(
      sealSignedNote(ben.keyring, mara.own.published, { ...note, attachments: [whole] }),
    ).rejects.toMatchObject({ facts: { reason: 'too-large' } });
    await refused('too-large', await inside(...Array.from({ length: 11 }, () => claimed())));
    await refused('too-large', await inside(claimed({ data: base64urlEncode(bytes) }), claimed()));
  });

  it('of any other form are refused, and the message with them', async () => {
    await refused('attachment', await inside());
    for (const name of [
      '',
      '.',
      '..',
      'a/b',
      'a\\b',
      'a\nb',
      'cod\u202egpj.exe',
      ' a',
      'a\u0000',
      'ü'.repeat(128),
    ])
      await refused('attachment', await inside(claimed({ name })));
    for (const type of ['', 'text', 'Text/plain', 'text/plain; charset=utf-8', 'text/', '/plain', 'a/b/c'])
      await refused('attachment', await inside(claimed({ type })));
    await refused('attachment', await inside(claimed({ data: '' })));
    await refused('malformed', await inside(claimed({ data: 'a+b=' })));
    await refused('malformed', await inside(claimed({ data: 5 })));
    await refused('malformed', await inside('a.txt'));
    await refused('malformed', await inside({ name: 'a.txt', data: 'aGk' }));
    await refused('unsupported', await inside(claimed({ url: 'https://example.org/a.txt' })));
    const key = mara.own.published.encryption;
    await refused('malformed', await jweOf(key, json({ ...claimsOf(note), attachments: claimed() })));
    await refused('malformed', await jweOf(key, json({ ...claimsOf(note), attachments: null })));
    await expect(
      sealNote(mara.own.published, { ...note, attachments: [{ ...plan, name: '../etc/passwd' }] }),
    ).rejects.toMatchObject({ facts: { reason: 'attachment' } });
  });

  it('cut short, changed, downgraded or repeated are refused like all else', async () => {
    const jwe = await sealNote(mara.own.published, {
      ...note,
      attachments: [{ ...plan, bytes: someBytes(300_000) }],
    });
    const [header, key, iv, ciphertext, tag] = jwe.split('.') as [string, string, string, string, string];
    const join = (...parts: readonly string[]) => parts.join('.');
    await refused('cannot-open', join(header, key, iv, ciphertext.slice(0, 200_000), tag));
    const flipped = ciphertext[250_000] === 'A' ? 'B' : 'A';
    const changed = `${ciphertext.slice(0, 250_000)}${flipped}${ciphertext.slice(250_001)}`;
    await refused('cannot-open', join(header, key, iv, changed, tag));
    const rsa1 = part({ ...goodHeader(mara.own.published.encryption), alg: 'RSA1_5' });
    await refused('algorithm', join(rsa1, key, iv, ciphertext, tag));
    const { messageId } = await open(jwe);
    const seen = { ...readerOf(mara), seen: async (id: string) => id === messageId };
    await refused('replayed', jwe, seen);
  });
});

describe('a signed sealed message', () => {
  const nested = async (jws: Uint8Array) =>
    jweOf(mara.own.published.encryption, jws, goodHeader(mara.own.published.encryption, 'JWT'));
  const claims = (change: object = {}) => ({
    iss: ben.identity.accountId,
    aud: mara.identity.accountId,
    ...claimsOf(note),
    ...change,
  });

  it('as another library makes it is read', async () => {
    expect(await open(await nested(await jwsOf(ben, claims())))).toMatchObject({
      sender: ben.identity.accountId,
    });
  });

  it('surreptitious forwarding: passed on by its reader to another, it is refused', async () => {
    const forCyd = await jwsOf(ben, claims({ aud: cyd.identity.accountId }));
    await refused('wrong-recipient', await nested(forCyd));
  });

  it('by another than it names is refused', async () => {
    await refused('unknown-sender', await nested(await jwsOf(cyd, claims())));
    const { kid } = await ben.keyring.signer();
    await refused('bad-signature', await nested(await jwsOf(cyd, claims(), { kid })));
    const fromCyd = await sealSignedNote(cyd.keyring, mara.own.published, note);
    await refused('unknown-sender', fromCyd, readerOf(mara, ben));
  });

  it('changed after it was signed is refused', async () => {
    const [header, , signature] = new TextDecoder().decode(await jwsOf(ben, claims())).split('.');
    const forged = new TextEncoder().encode([header, part(claims({ text: 'Not me' })), signature].join('.'));
    await refused('bad-signature', await nested(forged));
  });

  it('with another algorithm, none among them, is refused', async () => {
    const { kid } = await ben.keyring.signer();
    const unsigned = `${part({ alg: 'none', kid, typ: 'sotto-sealed+jwt' })}.${part(claims())}.`;
    await refused('algorithm', await nested(new TextEncoder().encode(unsigned)));
    const hmac = await new CompactSign(json(claims()))
      .setProtectedHeader({ alg: 'HS256', kid, typ: 'sotto-sealed+jwt' })
      .sign(new TextEncoder().encode(await rsaKeyPem(ben.own.published.signature)));
    await refused('algorithm', await nested(new TextEncoder().encode(hmac)));
    await refused('header', await nested(await jwsOf(ben, claims(), { typ: 'JWT' })));
    await refused('header', await nested(await jwsOf(ben, claims(), { typ: 'sotto-sealed-room+jwt' })));
    await refused('header', await nested(await jwsOf(ben, claims(), { cty: 'x' })));
  });

  it('with the key that is for encryption is refused', async () => {
    const enc = ben.own.published.encryption.kid;
    await refused('unknown-sender', await nested(await jwsOf(ben, claims(), { kid: enc })));
  });

  it('does not pass as unsigned, nor the other way round', async () => {
    const key = mara.own.published.encryption;
    await refused('malformed', await jweOf(key, await jwsOf(ben, claims())));
    await refused('malformed', await jweOf(key, json(claims()), goodHeader(key, 'JWT')));
  });
});

describe('a message for two accounts', () => {
  it('is read by both, and by nobody else', async () => {
    const jwe = await encryptGeneral(
      [mara.own.published.encryption, ben.own.published.encryption],
      'json',
      json(claimsOf(note)),
    );
    for (const { keyring } of [mara, ben]) {
      expect((await decryptGeneral(jwe, keyring.decryptionKey)).inside).toBe('json');
    }
    const reasonOf = async (changed: object) =>
      sealedReasonOf(
        await decryptGeneral(JSON.stringify(changed), mara.keyring.decryptionKey).catch(
          (error: unknown) => error,
        ),
      );
    await expect(decryptGeneral(jwe, cyd.keyring.decryptionKey)).rejects.toMatchObject({
      facts: { reason: 'unknown-key' },
    });
    const whole = JSON.parse(jwe);
    expect(await reasonOf({ ...whole, unprotected: { zip: 'DEF' } })).toBe('header');
    expect(await reasonOf({ ...whole, aad: 'AA' })).toBe('header');
    expect(await reasonOf({ ...whole, recipients: [] })).toBe('malformed');
    expect(await reasonOf({ ...whole, recipients: [...whole.recipients, ...whole.recipients] })).toBe(
      'malformed',
    );
    const [own] = whole.recipients;
    expect(
      await reasonOf({ ...whole, recipients: [{ ...own, header: { ...own.header, alg: 'RSA1_5' } }] }),
    ).toBe('header');
    expect(await reasonOf({ ...whole, tag: whole.iv })).toBe('malformed');
    expect(await reasonOf({ ...whole, protected: part({ alg: 'none', enc: 'A256GCM' }) })).toBe('algorithm');
  });
});
