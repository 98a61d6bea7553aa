import {
  type CoreEnv,
  createIdentity,
  deriveLinkKeys,
  parseLink,
  prepareKnock,
  sessionProof,
} from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
import { type ClientBody, DedupeId, decodeServerFrame, encodeClientFrame, LIMITS } from '@sotto/protocol';
import type { Person, World } from './world.fixture.ts';

/** For crowds: a relay that does not mind how many knock. */
const endless = { burst: 1e9, perSecond: 1e9 };
export const CROWD_QUOTAS = { knocksPerInvite: endless, bytesPerDevice: endless, framesPerDevice: endless };

/** Fewer than a host's device lets wait at one door, and as many as go into one commit. */
const WAVE = 50;

/**
 * Devices that knock by the link of a host's room, where the host decides, and are never heard of again: no engines,
 * only what a relay and a host see of them. Resolves when all of them are members.
 */
export async function fillRoom(world: World, host: Person, count: number): Promise<void> {
  const env: CoreEnv = {
    provider: nodeProvider,
    random: lengthBytes => world.random(lengthBytes),
    nowMs: () => world.clock.nowMs(),
  };
  for (let left = count; left > 0; left -= WAVE) {
    const knocking = Math.min(WAVE, left);
    for (let n = 0; n < knocking; n++) knockOnce(world, env, host.link);
    await world.until(() => host.room.knocks.length === knocking, 600_000);
    const admissions = host.room.knocks.map(({ knockId }) => host.port.admit(host.roomId!, knockId));
    await world.outcome(Promise.all(admissions));
  }
}

function knockOnce(world: World, env: CoreEnv, text: string): void {
  const link = parseLink(text);
  const { origin } = new URL(text);
  const identity = createIdentity(env, { kind: 'guest' });
  const keys = deriveLinkKeys(env, link, undefined);
  const { sealedRequest } = prepareKnock(env, { identity, link, keys, name: 'Someone' });
  const dedupeId = DedupeId.fromBytes(env.random(DedupeId.sizeBytes));
  let requestId = 0;
  const connection = world.transport('guest').connect(origin, {
    opened: () => undefined,
    closed: () => undefined,
    frame(bytes) {
      const { body } = decodeServerFrame(bytes);
      if (body.type === 'challenge') {
        send({
          type: 'authenticate',
          protocolVersion: LIMITS.protocolVersion,
          deviceCertificate: identity.certificate,
          origin,
          signature: sessionProof(env, identity, origin, body.nonce),
          inviteToken: link.token,
        });
      } else if (body.type === 'authenticated') {
        send({ type: 'knock', token: link.token, dedupeId, payload: sealedRequest });
      } else connection.close();
    },
  });
  const send = (body: ClientBody) => connection.send(encodeClientFrame({ requestId: ++requestId, body }));
}
