import { LIMITS } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { openJoinRequest } from '../link/joinRequest.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { admit } from './beginCommit.ts';
import { assertCarried } from './carriedSize.ts';
import { knock, linkInto, StoryDevice, startRoom } from './story.fixture.ts';

const bytes = (sizeBytes: number) => new Uint8Array(sizeBytes);

describe('threat 44: what a relay carries', () => {
  it('is one Commit of 1.5 MiB, Welcomes of 256 KiB, and all of them in a frame of 2 MiB', () => {
    expect(() => assertCarried([bytes(50_000), bytes(1_500_000)], [])).not.toThrow();
    expect(() => assertCarried([bytes(1)], [bytes(LIMITS.payloadBytes)])).not.toThrow();
    expectCode(() => assertCarried([bytes(100_000), bytes(1_500_000)], []), 'ROOM_FULL');
    expectCode(() => assertCarried([bytes(1)], [bytes(LIMITS.payloadBytes + 1)]), 'ROOM_FULL');
    const many = Array.from({ length: 8 }, () => bytes(LIMITS.payloadBytes));
    expectCode(() => assertCarried([bytes(1)], many), 'TOO_LARGE');
    expect(() => assertCarried([bytes(1)], many.slice(1))).not.toThrow();
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
    expect(host.view.pending).toBeUndefined();
    const { admissions, payload, tree } = letIn(50).pending;
    expect(admissions).toHaveLength(50);
    // Each Welcome is for one device: fifty of them are no more than fifty times one.
    expect(new Set(admissions.map(({ welcome }) => welcome)).size).toBe(50);
    expect(Math.max(...admissions.map(({ welcome }) => welcome.length))).toBeLessThan(4_096);
    expect(payload.length).toBeLessThan(LIMITS.payloadBytes);
    expect(tree?.sizeBytes).toBeGreaterThan(65_536);
    expect(letIn(2).pending.tree).toBeUndefined();
  });
});
