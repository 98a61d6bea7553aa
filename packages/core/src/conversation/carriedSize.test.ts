import { LIMITS } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { openJoinRequest } from '../link/joinRequest.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { admit } from './beginCommit.ts';
import { assertCarried } from './carriedSize.ts';
import { knock, linkInto, StoryDevice, startRoom } from './story.fixture.ts';

const bytes = (sizeBytes: number) => new Uint8Array(sizeBytes);

describe('threat 44: what a relay carries', () => {
  it('is one Welcome of 256 KiB, or several in a frame of 1 MiB', () => {
    expect(() => assertCarried([bytes(300_000 - 50_000)], undefined, 0)).not.toThrow();
    expect(() => assertCarried([bytes(50_000)], bytes(LIMITS.payloadBytes), 3)).not.toThrow();
    expectCode(() => assertCarried([bytes(1)], bytes(LIMITS.payloadBytes + 1), 1), 'ROOM_FULL');
    expectCode(() => assertCarried([bytes(200_000), bytes(62_000)], undefined, 0), 'ROOM_FULL');
    expectCode(() => assertCarried([bytes(50_000)], bytes(LIMITS.payloadBytes), 4), 'TOO_LARGE');
  });

  it('is asked before anything of a commit is sent or stored', () => {
    const env = testEnv();
    const { host } = startRoom(env);
    const { link, keys } = linkInto(env, host);
    const requests = Array.from({ length: 51 }, () => {
      const guest = StoryDevice.of(env, 'guest');
      const { sealedRequest } = knock(env, guest, link).prepared;
      return openJoinRequest(env, { link, keys, sealedRequest, deviceId: guest.deviceId });
    });
    const letIn = (count: number) =>
      admit(env, host.conversation, { link, keys, requests: requests.slice(0, count) });
    expectCode(() => letIn(0), 'NOT_ALLOWED', { rule: 'psk' });
    expectCode(() => letIn(51), 'ROOM_FULL', { limit: LIMITS.membersPerStream });
    expectCode(() => letIn(50), 'TOO_LARGE', { limitBytes: LIMITS.frameBytes });
    expect(host.view.pending).toBeUndefined();
    expect(letIn(5).pending.admissions).toHaveLength(5);
  });
});
