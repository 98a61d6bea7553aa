import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { base64urlDecode, type SealedKey, sealedKeyJwk } from '@sotto/protocol';
import { exportJWK, generateKeyPair, importPKCS8 } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSealed } from '../sealed.ts';
import { testEnv } from '../testEnv.fixture.ts';
import { encryptGeneral, JWE_TYPE } from './jwe.ts';
import { signClaims } from './jws.ts';
import { kidOf } from './rsaKeys.ts';
import { openNote, sealNote, sealSignedNote } from './sealedMessage.ts';
import { readerOf, type SealedPerson, sealedPerson } from './sealedPeople.fixture.ts';

// Two implementations of JOSE that are not ours: José in C (Debian's package jose) and jwcrypto in Python
// (python3-jwcrypto). They read what we write, and we read what they write.

const run = (command: string, args: readonly string[], input = '') =>
  spawnSync(command, args, { input, encoding: 'utf8' });
const python = ['/usr/bin/python3', 'python3'].find(
  command => run(command, ['-c', 'import jwcrypto']).status === 0,
);
const joseAlgorithms = run('jose', ['alg']).stdout?.split('\n') ?? [];
const withoutPython = python === undefined ? ' (skipped: no python3-jwcrypto on this computer)' : '';
const withoutJose = joseAlgorithms.length < 2 ? ' (skipped: no jose command on this computer)' : '';
// Built against OpenSSL 3, José before version 12 has no RSA-OAEP at all, Debian 12's among them.
const withoutOaep = joseAlgorithms.includes('RSA-OAEP-256')
  ? ''
  : ' (skipped: the jose command here was built without RSA-OAEP-256)';

const env = testEnv('jose tools');
const note = { id: 'an-interop-note', sentAtMs: 1_770_000_000_000, text: 'Grüße, “worlds”\n' };
let mara: SealedPerson;
let ben: SealedPerson;
let folder: string;
/** A key pair of somebody who uses another library. */
let theirs: { readonly key: SealedKey; readonly jwk: object };

async function foreignKey(use: SealedKey['use'], alg: string) {
  const { privateKey } = await generateKeyPair(alg, { modulusLength: 3_072, extractable: true });
  const jwk = await exportJWK(privateKey);
  const key: SealedKey = { use, kid: kidOf(env, jwk.n!), n: jwk.n!, createdAtS: 1 };
  return { key, jwk: { ...jwk, kid: key.kid } };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-jose-'));
  [mara, ben, theirs] = await Promise.all([
    sealedPerson(env),
    sealedPerson(env),
    foreignKey('enc', 'RSA-OAEP-256'),
  ]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function py(script: string, input: object): string {
  const { stdout, stderr, status } = run(python!, ['-c', script], JSON.stringify(input));
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

function jose(...args: readonly string[]): string {
  const { stdout, stderr, status } = run('jose', args);
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

const headerFor = ({ kid }: SealedKey, cty: string) => ({
  alg: 'RSA-OAEP-256',
  enc: 'A256GCM',
  kid,
  typ: JWE_TYPE,
  cty,
});
const claimsTo = (aud: string) => ({
  iss: ben.identity.accountId,
  aud,
  jti: note.id,
  iat: note.sentAtMs / 1_000,
  text: note.text,
});

/** The private key to sign with, as a JWK for another library: what never happens outside of this test. */
async function signingJwk({ identity, own }: SealedPerson): Promise<object> {
  const { kid } = own.published.signature;
  const { provider } = env;
  const label = 'sotto/sealed-private-key-v1';
  const bytes = new TextEncoder().encode(label);
  const prk = provider.hkdfExtract('SHA-256', bytes, identity.accountPrivateKey);
  const key = provider.hkdfExpand('SHA-256', prk, bytes, 32);
  const context = new TextEncoder().encode(`${identity.accountId}\0${kid}`);
  const pkcs8 = openSealed(env, { key, label, context }, own.wrapped.get(kid)!);
  const pem = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(pkcs8).toString('base64')}\n-----END PRIVATE KEY-----`;
  return { ...(await exportJWK(await importPKCS8(pem, 'PS256', { extractable: true }))), alg: 'PS256', kid };
}

describe.skipIf(python === undefined)(`jwcrypto${withoutPython}`, () => {
  const READ = `
import json, sys
from jwcrypto import jwe, jwk, jws
said = json.load(sys.stdin)
sealed = jwe.JWE(algs=['RSA-OAEP-256', 'A256GCM'])
sealed.deserialize(said['jwe'], jwk.JWK(**said['key']))
inside = sealed.payload
if said.get('sender'):
    token = jws.JWS()
    token.allowed_algs = ['PS256']
    token.deserialize(inside.decode(), jwk.JWK(**said['sender']))
    inside = token.payload
print(inside.decode())
`;
  const WRITE = `
import json, sys
from jwcrypto import jwe, jwk, jws
said = json.load(sys.stdin)
inside = json.dumps(said['inside']).encode()
if said.get('signer'):
    token = jws.JWS(inside)
    token.add_signature(jwk.JWK(**said['signer']), None, json.dumps(said['signed']))
    inside = token.serialize(compact=True).encode()
sealed = jwe.JWE(inside, json.dumps(said['header']))
sealed.add_recipient(jwk.JWK(**said['key']))
print(sealed.serialize(compact=True))
`;

  it('reads what we write: alone, signed, and for two', async () => {
    const { key, jwk } = theirs;
    const alone = await sealNote({ encryption: key }, note);
    expect(JSON.parse(py(READ, { jwe: alone, key: jwk }))).toMatchObject({ jti: note.id, text: note.text });
    const signed = await sealSignedNote(ben.keyring, { ...ben.own.published, encryption: key }, note);
    const sender = sealedKeyJwk(ben.own.published.signature);
    const claims = JSON.parse(py(READ, { jwe: signed, key: jwk, sender }));
    expect(claims).toEqual(claimsTo(ben.identity.accountId));
    const both = await encryptGeneral(
      [mara.own.published.encryption, key],
      'json',
      new TextEncoder().encode('{}'),
    );
    expect(py(READ, { jwe: both, key: jwk })).toBe('{}');
  });

  it('reads the files that we attach, and attaches files that we read', async () => {
    const attachments = [{ name: 'plan.pdf', mediaType: 'application/pdf', bytes: env.random(3_000) }];
    const ours = await sealNote({ encryption: theirs.key }, { ...note, attachments });
    const claims = JSON.parse(py(READ, { jwe: ours, key: theirs.jwk }));
    expect(claims.attachments.map(({ name, type }: { name: string; type: string }) => [name, type])).toEqual([
      ['plan.pdf', 'application/pdf'],
    ]);
    expect(base64urlDecode(claims.attachments[0].data)).toEqual(attachments[0]!.bytes);
    const { encryption } = mara.own.published;
    const { iss: _iss, aud: _aud, ...alone } = claimsTo('');
    const inside = { ...alone, attachments: claims.attachments };
    const key = sealedKeyJwk(encryption);
    const jwe = py(WRITE, { inside, header: headerFor(encryption, 'json'), key });
    expect((await openNote(env, jwe, readerOf(mara))).attachments).toEqual(attachments);
  });

  it('writes what we read: alone and signed', async () => {
    const { encryption } = mara.own.published;
    const key = sealedKeyJwk(encryption);
    const { iss: _iss, aud: _aud, ...alone } = claimsTo('');
    const jwe = py(WRITE, { inside: alone, header: headerFor(encryption, 'json'), key });
    expect(await openNote(env, jwe, readerOf(mara))).toMatchObject({ text: note.text });
    const signed = { alg: 'PS256', kid: ben.own.published.signature.kid, typ: 'sotto-sealed+jwt' };
    const nested = py(WRITE, {
      inside: claimsTo(mara.identity.accountId),
      signer: await signingJwk(ben),
      signed,
      header: headerFor(encryption, 'JWT'),
      key,
    });
    expect(await openNote(env, nested, readerOf(mara, ben))).toMatchObject({
      sender: ben.identity.accountId,
    });
  });
});

describe.skipIf(withoutJose !== '')(`José${withoutJose}`, () => {
  it('gives a key the same id', () => {
    const path = file('key.jwk', { ...sealedKeyJwk(theirs.key) });
    expect(jose('jwk', 'thp', '-a', 'S256', '-i', path)).toBe(theirs.key.kid);
  });

  it('verifies what we sign, and signs what we verify', async () => {
    const claims = claimsTo(mara.identity.accountId);
    const jws = await signClaims(await ben.keyring.signer(), 'sotto-sealed+jwt', claims);
    const publicKey = file('sender.jwk', sealedKeyJwk(ben.own.published.signature));
    expect(JSON.parse(jose('jws', 'ver', '-i', file('ours.jws', jws), '-k', publicKey, '-O', '-'))).toEqual(
      claims,
    );

    const { kid } = ben.own.published.signature;
    const template = { protected: { alg: 'PS256', kid, typ: 'sotto-sealed+jwt' } };
    const key = file('signer.jwk', await signingJwk(ben));
    const payload = file('claims.json', claims);
    const theirJws = jose(
      'jws',
      'sig',
      '-s',
      JSON.stringify(template),
      '-I',
      payload,
      '-k',
      key,
      '-c',
      '-o',
      '-',
    );
    const { encryption } = mara.own.published;
    const { CompactEncrypt, importJWK } = await import('jose');
    const jwe = await new CompactEncrypt(new TextEncoder().encode(theirJws))
      .setProtectedHeader(headerFor(encryption, 'JWT'))
      .encrypt(await importJWK({ ...sealedKeyJwk(encryption) }));
    expect(await openNote(env, jwe, readerOf(mara, ben))).toMatchObject({ sender: ben.identity.accountId });
  });

  it('writes base64url as we read it', () => {
    const bytes = env.random(31);
    const path = file('bytes', Buffer.from(bytes).toString('base64'));
    const text = run('sh', ['-c', `base64 -d ${path} | jose b64 enc -I-`]).stdout.trim();
    expect(base64urlDecode(text)).toEqual(bytes);
  });

  it.skipIf(withoutOaep !== '')(
    `encrypts what we read, and reads what we encrypt${withoutOaep}`,
    async () => {
      const { encryption } = mara.own.published;
      const { iss: _iss, aud: _aud, ...alone } = claimsTo('');
      const template = JSON.stringify({ protected: headerFor(encryption, 'json') });
      const key = file('mara.jwk', sealedKeyJwk(encryption));
      const jwe = jose(
        'jwe',
        'enc',
        '-i',
        template,
        '-I',
        file('alone.json', alone),
        '-k',
        key,
        '-c',
        '-o',
        '-',
      );
      expect(await openNote(env, jwe, readerOf(mara))).toMatchObject({ text: note.text });
      const ours = file('ours.jwe', await sealNote({ encryption: theirs.key }, note));
      const read = jose('jwe', 'dec', '-i', ours, '-k', file('theirs.jwk', theirs.jwk), '-O', '-');
      expect(JSON.parse(read)).toMatchObject({ text: note.text });
    },
  );
});
