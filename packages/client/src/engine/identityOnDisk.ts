import {
  type CoreEnv,
  createIdentity,
  type DeviceIdentity,
  decodeIdentity,
  encodeIdentity,
} from '@sotto/core';
import type { Vault } from '@sotto/vault';
import { KEYS } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';

/** This device's account and keys: those in the store, or fresh ones that are in it from now on. */
export async function loadOrMakeIdentity(
  vault: Vault,
  env: CoreEnv,
  role: 'host' | 'guest',
): Promise<DeviceIdentity> {
  const kept = await vault.read(KEYS.identity);
  if (kept !== undefined) return decodeIdentity(env, kept);
  const made = createIdentity(env, { kind: role === 'guest' ? 'guest' : 'member' });
  await vault.commit([{ key: KEYS.identity, value: encodeIdentity(made) }]);
  return made;
}

/** What the person is called; empty when they have not said. */
export async function loadName(vault: Vault): Promise<string> {
  const kept = await vault.read(KEYS.profile);
  return kept === undefined ? '' : decodeRecord<{ name: string }>(kept).name;
}
