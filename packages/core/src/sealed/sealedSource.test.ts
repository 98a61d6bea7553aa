import { SourceId } from '@sotto/protocol';
import { expect, it } from 'vitest';
import { createIdentity } from '../identity/identity.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { makeSourceToken, openSourceAbout, sealSourceAbout } from './sealedSource.ts';

const env = testEnv('sources');
const mara = createIdentity(env, { kind: 'member' });

it('a source has a token of 256 bits, of which the relay gets the hash', () => {
  const { sourceId, token, tokenHash } = makeSourceToken(env);
  expect(token).toMatch(/^sotto_[0-9A-Za-z]{43}$/);
  expect(tokenHash).toEqual(env.provider.hash('SHA-256', new TextEncoder().encode(token)));
  const again = makeSourceToken(env, sourceId);
  expect([again.sourceId, again.token === token]).toEqual([sourceId, false]);
});

it('what a source is called only its account’s devices know, and it is the name of no other source', () => {
  const { sourceId } = makeSourceToken(env);
  const sealed = sealSourceAbout(env, mara, sourceId, { name: ' Backups ', muted: true });
  expect(openSourceAbout(env, mara, sourceId, sealed)).toEqual({ name: 'Backups', muted: true });
  expect(new TextDecoder().decode(sealed)).not.toContain('Backups');
  const other = SourceId.fromBytes(new Uint8Array(16));
  expectCode(() => openSourceAbout(env, mara, other, sealed), 'CANNOT_OPEN');
  const stranger = createIdentity(env, { kind: 'member' });
  expectCode(() => openSourceAbout(env, stranger, sourceId, sealed), 'CANNOT_OPEN');
  expectCode(() => sealSourceAbout(env, mara, sourceId, { name: ' ', muted: false }), 'BAD_NAME');
});
