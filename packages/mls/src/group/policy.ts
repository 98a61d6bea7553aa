import type { LeafView, MlsEnv } from '../env.ts';
import { MlsError } from '../errors.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import type { LeafNode } from '../tree/leafNode.ts';
import { leafView } from './leafRules.ts';

function refusedByPolicy(reason: string): MlsError {
  return new MlsError('UNSUPPORTED_FEATURE', 'refused by policy', { reason });
}

export function takesExternalCommits(env: MlsEnv): boolean {
  return env.policy?.externalCommits === 'psk-bound';
}

/** @throws {MlsError} `UNSUPPORTED_FEATURE` with reason `external_init` */
export function refuseExternalCommits(env: MlsEnv): void {
  if (!takesExternalCommits(env)) throw refusedByPolicy('external_init');
}

/** @throws {MlsError} `UNSUPPORTED_FEATURE` with reason `reinit` */
export function refuseReInit(env: MlsEnv): void {
  if (env.policy?.reinit !== 'allowed') throw refusedByPolicy('reinit');
}

/** @throws {MlsError} `UNSUPPORTED_FEATURE` with reason `branch` */
export function refuseBranch(env: MlsEnv): void {
  if (env.policy?.branch !== 'allowed') throw refusedByPolicy('branch');
}

function sameIdentity(before: LeafView, after: LeafView): boolean {
  return bytesEqual(before.credential.identity, after.credential.identity);
}

/** Whether two leaves stand for one client, as the application sees it; a throw is a no. */
export function isSameClient(
  env: MlsEnv,
  before: { readonly leaf: LeafNode; readonly leafIndex: number },
  after: { readonly leaf: LeafNode; readonly leafIndex: number },
): boolean {
  const decide = env.isSameClient ?? sameIdentity;
  try {
    return decide(leafView(before.leaf, before.leafIndex), leafView(after.leaf, after.leafIndex));
  } catch {
    return false;
  }
}
