import {
  admit,
  createConversation,
  createIdentity,
  type DeviceIdentity,
  deriveLinkKeys,
  openJoinRequest,
  parseLink,
} from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
import { type ClientBody, DedupeId, type Entry, StreamId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { EvilStage } from './evilStage.fixture.ts';
import { SeededRandom } from './seededRandom.ts';

type Knock = Extract<ClientBody, { type: 'knock' }>;

const random = new SeededRandom(7);
const bytes = (lengthBytes: number) => random.bytes(lengthBytes);
const freshId = () => DedupeId.fromBytes(bytes(16));

/** Ada's door is open or asks first; ben knocks, and the relay keeps what he said. */
async function benKnocks(options: { readonly heard: boolean; readonly approval?: boolean }) {
  const stage = await EvilStage.empty({ guests: 2 });
  const room = await stage.openRoom('ada', options.approval ?? true);
  let knock: Knock | undefined;
  stage.evil.whenSaying('ben', (body, requestId) => {
    if (body.type !== 'knock') return body;
    knock = body;
    if (options.heard) return body;
    stage.evil.tell('ben', { type: 'done' }, requestId);
    return undefined;
  });
  stage.knock('ben');
  await stage.until(() => knock !== undefined && stage.door('ben')?.step === 'waiting');
  return { stage, room, knock: knock! };
}

/** Puts an entry behind what is in somebody's inbox. */
function intoInbox(
  stage: EvilStage,
  who: string,
  entry: Omit<Entry, 'seq' | 'receivedAtMs' | 'dedupeId'>,
): void {
  const inbox = inboxOf(stage, who);
  const seq = (stage.evil.entriesOf(inbox).at(-1)?.seq ?? 0) + 1;
  const made = { ...entry, seq, dedupeId: freshId(), receivedAtMs: stage.world.time.nowMs() };
  stage.evil.tell(who, { type: 'entries', streamId: inbox, entries: [made] });
}

function inboxOf(stage: EvilStage, who: string): StreamId {
  const inbox = stage.evil.inboxes.get(who);
  if (inbox === undefined) throw new Error(`${who} has not subscribed to an inbox`);
  return inbox;
}

/** Somebody who has the link (another guest) and the relay's help, but not the inviter's key. */
function impostorOf(stage: EvilStage, link: string) {
  const env = { provider: nodeProvider, random: bytes, nowMs: () => stage.world.time.nowMs() };
  const parsed = parseLink(link);
  const keys = deriveLinkKeys(env, parsed, undefined);
  const identity = createIdentity(env, { kind: 'member' });
  return { env, link: parsed, keys, identity };
}

/** A Welcome to the impostor's own room, made with everything that the link gives. */
function welcomeOf(
  impostor: ReturnType<typeof impostorOf>,
  stage: EvilStage,
  streamId: StreamId,
  knock: Knock,
  identity: DeviceIdentity = impostor.identity,
): Uint8Array {
  const { env, link, keys } = impostor;
  const { conversation } = createConversation(env, { identity, streamId, title: 'room 1' });
  const deviceId = stage.device('ben').screen!.state.self!.deviceId;
  const request = openJoinRequest(env, { link, keys, sealedRequest: knock.payload, deviceId });
  return admit(env, conversation, { link, keys, requests: [request] }).pending.admissions[0]!.welcome;
}

describe('at the door', () => {
  it('threat 1: a Welcome by somebody else who has the link is an impostor’s, and is not entered', async () => {
    const { stage, room, knock } = await benKnocks({ heard: false });
    const impostor = impostorOf(stage, room.links[0]!);
    intoInbox(stage, 'ben', { kind: 'welcome', payload: welcomeOf(impostor, stage, room.streamId, knock) });
    await stage.until(() => stage.door('ben')?.step === 'refused');
    expect(stage.door('ben')).toEqual({ step: 'refused', reason: 'impostor' });
    expect(stage.device('ben').screen!.state.rooms.every(({ membership }) => membership === 'joining')).toBe(
      true,
    );
  });

  it('threat 1: nor is it into another room of the impostor’s', async () => {
    const { stage, room, knock } = await benKnocks({ heard: false });
    const impostor = impostorOf(stage, room.links[0]!);
    const elsewhere = StreamId.fromBytes(bytes(16));
    intoInbox(stage, 'ben', { kind: 'welcome', payload: welcomeOf(impostor, stage, elsewhere, knock) });
    await stage.until(() => stage.door('ben')?.step === 'refused');
    expect(stage.door('ben')).toEqual({ step: 'refused', reason: 'impostor' });
  });

  it('threat 11: a Welcome that means nothing is passed over, and ben goes on waiting', async () => {
    const { stage, room, knock } = await benKnocks({ heard: false });
    const impostor = impostorOf(stage, room.links[0]!);
    const whole = welcomeOf(impostor, stage, room.streamId, knock);
    const cut = whole.slice(0, whole.length - 20);
    const flipped = whole.slice();
    flipped[whole.length >> 1]! ^= 4;
    for (const payload of [bytes(900), cut, flipped]) {
      intoInbox(stage, 'ben', { kind: 'welcome', payload });
      await stage.rest();
    }
    expect(stage.door('ben')?.step).toBe('waiting');
    expect(stage.connection('ben')).toBe('online');
  });

  it('threat 1: a request that the relay changed is not shown to the host, and lets nobody in', async () => {
    const stage = await EvilStage.empty();
    await stage.openRoom('ada', false);
    let changed = 0;
    stage.evil.whenSaying('ben', body => {
      if (body.type !== 'knock') return body;
      const payload = body.payload.slice();
      payload[payload.length >> 1]! ^= 1;
      changed++;
      return { ...body, payload };
    });
    stage.knock('ben');
    await stage.until(() => changed > 0);
    await stage.rest();
    expect(stage.view('ada')!.knocks).toEqual([]);
    expect(stage.members('ada')).toEqual(['ada']);
    expect(stage.view('ben')).toBeUndefined();
  });

  it('threat 3: a request under the name of another device is refused', async () => {
    const { stage, room, knock } = await benKnocks({ heard: false });
    const cleo = stage.device('cleo').screen!.state.self!.deviceId;
    intoInbox(stage, 'ada', {
      kind: 'request',
      payload: knock.payload,
      inviteToken: room.links[0]!.match(/chat\/(\w+)/)![1] as never,
      deviceId: cleo,
    });
    await stage.rest();
    expect(stage.view('ada')!.knocks).toEqual([]);
    expect(stage.members('ada')).toEqual(['ada']);
  });

  it('threat 16: a request that is replayed is one knock', async () => {
    const { stage, room, knock } = await benKnocks({ heard: true });
    await stage.until(() => stage.view('ada')!.knocks.length === 1);
    const again = stage.evil.entriesOf(inboxOf(stage, 'ada')).find(({ kind }) => kind === 'request')!;
    intoInbox(stage, 'ada', again);
    await stage.rest();
    expect(stage.view('ada')!.knocks).toHaveLength(1);
    expect(again.payload).toEqual(knock.payload);
    const [waiting] = stage.view('ada')!.knocks;
    void stage.world.operate(stage.device('ada'), 'admits ben', port =>
      port.admit(room.streamId, waiting!.knockId),
    );
    await stage.until(() => stage.view('ben')?.membership === 'member');
    intoInbox(stage, 'ada', again);
    await stage.rest();
    expect(stage.members('ada')).toEqual(['ada', 'ben']);
    await stage.worksFor('ada', 'ben');
  });

  it('threat 16: whoever was removed does not come back by a request of theirs that the relay kept', async () => {
    const stage = await EvilStage.room();
    const { roomId, members } = stage.view('ada')!;
    const request = stage.evil
      .entriesOf(inboxOf(stage, 'ada'))
      .find(({ deviceId }) => deviceId === members.find(({ name }) => name === 'ben')!.deviceId)!;
    void stage.world.operate(stage.device('ada'), 'removes ben', port =>
      port.removeMember(roomId, request.deviceId!),
    );
    await stage.until(() => stage.view('ben')!.membership === 'removed');
    intoInbox(stage, 'ada', request);
    await stage.rest();
    expect(stage.members('ada')).toEqual(['ada', 'cleo']);
    await stage.worksFor('ada', 'cleo');
  });

  it('threat 4: somebody to whom only the relay shows a room is not in it', async () => {
    const stage = await EvilStage.room();
    const { roomId, members } = stage.view('ada')!;
    const cleo = members.find(({ name }) => name === 'cleo')!;
    void stage.world.operate(stage.device('ada'), 'removes cleo', port =>
      port.removeMember(roomId, cleo.deviceId),
    );
    await stage.until(() => stage.view('cleo')!.membership === 'removed');
    stage.say('ada', 'among us');
    await stage.until(() => stage.texts('ben').includes('among us'));
    await stage.rest();
    // The relay goes on as if cleo were subscribed: she gets every entry, and could answer.
    stage.evil.tell('cleo', {
      type: 'entries',
      streamId: stage.streamId,
      entries: stage.evil.entriesOf(stage.streamId),
    });
    await stage.rest();
    for (const who of ['ada', 'ben']) expect(stage.members(who)).toEqual(['ada', 'ben']);
    expect(stage.texts('cleo')).toEqual([]);
  });

  it('threat 29: a link that the relay keeps open after it ran out lets nobody in', async () => {
    const stage = await EvilStage.empty();
    const room = await stage.openRoom('ada', false);
    const token = stage.view('ada')!.invites[0]!.token;
    stage.evil.whenSaying('ada', (body, requestId) => {
      if (body.type !== 'closeInvite') return body;
      stage.evil.tell('ada', { type: 'done' }, requestId);
      return undefined;
    });
    void stage.world.operate(stage.device('ada'), 'takes the link back', port =>
      port.revokeInvite(room.streamId, token),
    );
    await stage.until(() => stage.view('ada')!.invites[0]!.status === 'revoked');
    stage.knock('ben', room);
    await stage.until(() => stage.door('ben')?.step === 'refused');
    expect(stage.door('ben')).toMatchObject({ reason: 'revoked' });
    expect(stage.members('ada')).toEqual(['ada']);
  });

  it('threat 22: a relay that says an invite is open changes nothing for the host who knows its end', async () => {
    const stage = await EvilStage.empty();
    await stage.openRoom('ada', false);
    stage.evil.whenHearing('ada', body =>
      body.type === 'inviteChanged' ? [{ ...body, status: 'open' }] : [body],
    );
    stage.device('ada').skewMs = 21 * 3_600_000;
    stage.knock('ben');
    await stage.until(() => stage.door('ben')?.step === 'refused');
    expect(stage.door('ben')).toMatchObject({ reason: 'expired' });
    expect(stage.members('ada')).toEqual(['ada']);
  });
});
