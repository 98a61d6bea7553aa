import { encrypt, propose } from '@sotto/mls';
import { decodeBundle, encodeBundle, encodeContent, MessageId } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CoreEnv } from '../env.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import { expectCode, flipBit, testEnv } from '../testEnv.fixture.ts';
import { updateKeys } from './beginCommit.ts';
import { stateOf } from './conversation.ts';
import { openEntry, type RoomEntry } from './openEntry.ts';
import { composeContent, sealDraft, withdrawDraft } from './sealContent.ts';
import { commitEntry, letIn, type StoryDevice, startRoom } from './story.fixture.ts';

function twoInARoom(seed = 'talk') {
  const env = testEnv(seed);
  const { host } = startRoom(env);
  const guest = letIn(env, [host]);
  // What was there before the guest sets no order; one message each begins it.
  guest.open(host.say('welcome').entry);
  host.open(guest.say('thanks').entry);
  return { env, host, guest };
}

/** Encrypts any plaintext at all as a member of the room, past every check of this package. */
function utter(env: CoreEnv, device: StoryDevice, plaintext: Uint8Array): RoomEntry {
  const { message } = encrypt(mlsEnvOf(env), stateOf(device.conversation).group, { plaintext });
  return { kind: 'message', payload: encodeBundle({ mlsMessages: [message] }) };
}

describe('messages', () => {
  it('carry every kind of content, in order', () => {
    const { host, guest } = twoInARoom();
    const { draft, entry } = host.say('first');
    guest.open(entry);
    const target = draft.messageId;
    for (const body of [
      { type: 'text', text: 'an answer', replyTo: target },
      { type: 'reaction', target, emoji: '👍' },
      { type: 'edit', target, text: 'better' },
      { type: 'delete', target },
      { type: 'profile', name: 'Ada' },
      { type: 'roomNotice', condition: 'paused', erase: false },
    ] as const) {
      expect(guest.open(host.say(body).entry)).toMatchObject({
        type: 'content',
        content: { body },
        order: { place: 'next' },
      });
    }
  });

  it('come back from the log to their sender as its own', () => {
    const { host } = twoInARoom();
    expect(host.open(host.say('mine').entry)).toEqual({ type: 'own', unspent: false });
  });

  it('threat 57: by a later copy of its own state are told apart, commits and messages', () => {
    const { env, host } = twoInARoom();
    const older = host.conversation;
    const { entry } = host.say('by the later copy');
    expect(openEntry(env, older, entry).outcome).toEqual({ type: 'own', unspent: true });
    const { pending } = updateKeys(env, host.conversation);
    expect(openEntry(env, older, { kind: 'commit', payload: pending.payload }).outcome).toMatchObject({
      type: 'rejected-commit',
      detail: 'own-later-commit',
    });
  });

  it('go on after a crash at any point between', () => {
    const { host, guest } = twoInARoom();
    for (let round = 0; round < 4; round++) {
      const { entry } = host.say(`round ${round}`);
      host.crash();
      guest.crash();
      expect(guest.open(entry)).toMatchObject({ content: { body: { text: `round ${round}` } } });
      guest.crash();
      expect(guest.open(entry)).toMatchObject({ type: 'undecryptable', cause: 'replayed' });
    }
  });

  it('are refused before they are made when they are too large, or not for this role', () => {
    const { env, host, guest } = twoInARoom();
    const compose = (device: StoryDevice, body: Parameters<typeof composeContent>[2]) => () =>
      composeContent(env, device.conversation, body);
    expectCode(compose(host, { type: 'text', text: 'x'.repeat(65_537) }), 'TOO_LARGE', {
      limitBytes: 65_536,
    });
    expectCode(compose(guest, { type: 'roomNotice', condition: 'ended', erase: true }), 'NOT_ALLOWED', {
      rule: 'notice',
    });
    expectCode(compose(host, { type: 'typing', active: true }), 'NOT_ALLOWED', { rule: 'content-kind' });
    expectCode(compose(host, { type: 'profile', name: '\u202e' }), 'BAD_NAME');
  });

  it('leave no gap when one is given up that the relay never took', () => {
    const { env, host, guest } = twoInARoom();
    const given = composeContent(env, host.conversation, { type: 'text', text: 'never sent' });
    host.take(given);
    const later = host.say('sent');
    const withdrawn = host.seal(withdrawDraft(env, given.draft));
    expect(guest.open(withdrawn)).toMatchObject({ type: 'content', order: { place: 'next' } });
    expect(guest.open(later.entry)).toMatchObject({ order: { place: 'next' } });
  });
});

describe('what the relay can do to messages', () => {
  it('threat 8: replays one, and it is shown once', () => {
    const { host, guest } = twoInARoom();
    const { entry } = host.say('once');
    expect(guest.open(entry).type).toBe('content');
    const before = guest.snapshot();
    expect(guest.open(entry)).toEqual({ type: 'undecryptable', cause: 'replayed' });
    expect(guest.snapshot()).toEqual(before);
  });

  it('threat 8: takes a message twice by making its sender encrypt it again, and it is shown once', () => {
    const { host, guest } = twoInARoom();
    const { draft, entry } = host.say('once');
    const again = host.seal(draft);
    expect(again.payload).not.toEqual(entry.payload);
    expect(guest.open(entry).type).toBe('content');
    const { messageId, counter } = draft;
    expect(guest.open(again)).toMatchObject({ type: 'duplicate', messageId, counter });
  });

  it('threat 9: reorders, and the order of the sender is known', () => {
    const { host, guest } = twoInARoom();
    const [one, two, three] = ['one', 'two', 'three'].map(text => host.say(text).entry);
    expect(guest.open(three!)).toMatchObject({ order: { place: 'after-gap', missing: 2 } });
    expect(guest.open(one!)).toMatchObject({ order: { place: 'late' }, content: { counter: 2 } });
    expect(guest.open(two!)).toMatchObject({ order: { place: 'late' }, content: { counter: 3 } });
  });

  it('threat 10: drops one, and the next one shows it', () => {
    const { host, guest } = twoInARoom();
    host.say('dropped');
    expect(guest.open(host.say('arrives').entry)).toMatchObject({
      order: { place: 'after-gap', missing: 1 },
    });
  });

  it('threat 10: drops the first one of someone who came later, and the next one shows it', () => {
    const { env, host, guest } = twoInARoom();
    const other = letIn(env, [host, guest], host);
    other.say('dropped');
    expect(guest.open(other.say('arrives').entry)).toMatchObject({
      order: { place: 'after-gap', missing: 1 },
    });
  });

  it('threat 11: turns or cuts bits anywhere, and the state is unchanged to the byte', () => {
    const { host, guest } = twoInARoom();
    const { entry } = host.say('intact');
    const before = guest.snapshot();
    const sizeBits = entry.payload.length * 8;
    fc.assert(
      fc.property(fc.nat(sizeBits - 1), bit => {
        const outcome = guest.open({ ...entry, payload: flipBit(entry.payload, bit) });
        expect(outcome.type).toBe('undecryptable');
        expect(guest.snapshot()).toEqual(before);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.nat(entry.payload.length - 1), length => {
        expect(guest.open({ ...entry, payload: entry.payload.slice(0, length) }).type).toBe('undecryptable');
        expect(guest.snapshot()).toEqual(before);
      }),
      { numRuns: 100 },
    );
    expect(guest.open(entry).type).toBe('content');
  });

  it('threat 11: sends any bytes at all', () => {
    const { guest } = twoInARoom();
    const before = guest.snapshot();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), payload => {
        expect(guest.open({ kind: 'message', payload })).toEqual({
          type: 'undecryptable',
          cause: 'malformed',
        });
      }),
    );
    expect(guest.snapshot()).toEqual(before);
  });

  it('threat 19: posts the ciphertext of another room', () => {
    const { guest } = twoInARoom('here');
    const there = twoInARoom('there');
    expect(guest.open(there.host.say('elsewhere').entry)).toEqual({
      type: 'undecryptable',
      cause: 'wrong-group',
    });
  });

  it('threat 6: passes several messages, or a message as a commit', () => {
    const { host, guest } = twoInARoom();
    const { entry } = host.say('a message');
    const before = guest.snapshot();
    const mlsMessages = [entry, host.say('another').entry].flatMap(
      ({ payload }) => decodeBundle(payload).mlsMessages,
    );
    const both = encodeBundle({ mlsMessages });
    expect(guest.open({ kind: 'message', payload: both })).toMatchObject({ cause: 'malformed' });
    const commit = commitEntry(host.begin(updateKeys));
    expect(guest.open({ ...commit, kind: 'message' })).toMatchObject({ cause: 'malformed' });
    expect(guest.snapshot()).toEqual(before);
    expect(guest.open({ ...entry, kind: 'commit' })).toMatchObject({
      type: 'rejected-commit',
      reason: 'undecryptable',
    });
    expect(guest.view.epoch).toBe(1);
    expect(guest.open(entry).type).toBe('content');
  });

  it('threat 40: a proposal that somebody posts stands in nobody’s way and gets into nobody’s commit', () => {
    const { env, host, guest } = twoInARoom();
    const other = letIn(env, [host, guest], host);
    const { message } = propose(mlsEnvOf(env), stateOf(guest.conversation).group, {
      kind: 'remove',
      leafIndex: other.view.self.leafIndex,
    });
    const before = host.snapshot();
    const payload = encodeBundle({ mlsMessages: [message] });
    expect(host.open({ kind: 'message', payload })).toEqual({ type: 'undecryptable', cause: 'malformed' });
    expect(host.snapshot()).toEqual(before);
    const begun = host.begin(updateKeys);
    expect(other.open(commitEntry(begun))).toMatchObject({ type: 'commit', change: { removed: [] } });
  });

  it('threat 27: sees the same size for every message of a bucket', () => {
    const { host } = twoInARoom();
    const sizes = (lengths: readonly number[]) =>
      new Set(lengths.map(length => host.say('x'.repeat(length)).entry.payload.length));
    expect(sizes([1, 2, 50, 100, 150, 200])).toHaveProperty('size', 1);
    expect(sizes([230, 300, 400, 450])).toHaveProperty('size', 1);
    expect(sizes([1, 300, 1_000, 3_000, 10_000])).toHaveProperty('size', 5);
    const reaction = host.say({
      type: 'reaction',
      target: MessageId.fromBytes(new Uint8Array(16)),
      emoji: '🎉',
    });
    expect(sizes([10]).has(reaction.entry.payload.length)).toBe(true);
  });
});

describe('what a member can do to messages', () => {
  const content = (changes: Partial<Parameters<typeof encodeContent>[0]>) =>
    encodeContent({
      messageId: MessageId.fromBytes(new Uint8Array(16).fill(7)),
      counter: 2,
      sentAtMs: 1,
      body: { type: 'text', text: 'hi' },
      ...changes,
    });

  it('threat 37: uses the message id of another, and is still another author', () => {
    const { env, host, guest } = twoInARoom();
    const other = letIn(env, [host, guest], host);
    const { draft, entry } = guest.say('the original');
    for (const outcome of [host.open(entry), other.open(entry)]) expect(outcome.type).toBe('content');
    const copy = utter(env, other, content({ messageId: draft.messageId, counter: 1 }));
    expect(host.open(copy)).toMatchObject({ type: 'content', author: { deviceId: other.deviceId } });
  });

  it('threat 38: is shown as who signed, whatever the payload says', () => {
    const { host, guest } = twoInARoom();
    const outcome = host.open(guest.say({ type: 'profile', name: 'Host' }).entry);
    expect(outcome).toMatchObject({ author: { deviceId: guest.deviceId, guest: true, role: 'guest' } });
  });

  it('threat 40: speaks for the room without the right, and nobody acts on it', () => {
    const { env, host, guest } = twoInARoom();
    const notice = utter(
      env,
      guest,
      content({ body: { type: 'roomNotice', condition: 'ended', erase: true } }),
    );
    expect(host.open(notice)).toMatchObject({
      type: 'refused',
      rule: 'notice',
      author: { deviceId: guest.deviceId },
    });
  });

  it('threat 34: takes a name that cannot be shown', () => {
    const { env, host, guest } = twoInARoom();
    const nameless = utter(env, guest, content({ body: { type: 'profile', name: '\u200b\u202e' } }));
    expect(host.open(nameless)).toMatchObject({ type: 'refused', rule: 'name' });
  });

  it('threat 34: takes a name with bidi controls, and it is shown without', () => {
    const { env, host, guest } = twoInARoom();
    const tricky = utter(env, guest, content({ body: { type: 'profile', name: 'Ada\u202e(host)' } }));
    expect(host.open(tricky)).toMatchObject({ content: { body: { name: 'Ada(host)' } } });
  });

  it('sends what this build cannot read: it is said, and the order goes on', () => {
    const { env, host, guest } = twoInARoom();
    const future = content({}).slice();
    future[1] = 99;
    expect(host.open(utter(env, guest, future))).toMatchObject({ type: 'unreadable', why: 'unsupported' });
    // The engine's state did not move at the guest, whose next message has the same generation: skip one.
    guest.say('lost');
    expect(host.open(guest.say('known again').entry)).toMatchObject({
      type: 'content',
      content: { counter: 3 },
      order: { place: 'next' },
    });
  });

  it('sends garbage, correctly encrypted', () => {
    const { env, host, guest } = twoInARoom();
    const outcome = host.open(utter(env, guest, Uint8Array.of(0xff, 0xff, 0xff)));
    expect(outcome).toMatchObject({
      type: 'unreadable',
      why: 'malformed',
      author: { deviceId: guest.deviceId },
    });
  });

  it('sends signals and secrets as messages', () => {
    const { env, host, guest } = twoInARoom();
    const typing = utter(env, guest, content({ counter: 0, body: { type: 'typing', active: true } }));
    expect(host.open(typing)).toMatchObject({ type: 'refused', rule: 'content-kind' });
    guest.say('lost');
    const uncounted = utter(env, guest, content({ counter: 0 }));
    expect(host.open(uncounted)).toMatchObject({ type: 'refused', rule: 'content-kind' });
  });

  it('threat 57: begins to count again after a restored backup, and it is told', () => {
    const { env, host, guest } = twoInARoom();
    for (const text of ['a', 'b', 'c']) host.open(guest.say(text).entry);
    const rolledBack = content({ messageId: MessageId.fromBytes(env.random(16)), counter: 2 });
    // The ratchet has moved on all the same: a real rollback would also repeat generations, which are refused.
    host.open(guest.say('d').entry);
    expect(host.open(utter(env, guest, rolledBack))).toMatchObject({
      type: 'content',
      order: { place: 'repeated' },
    });
  });
});

describe('flat cost (I9)', () => {
  it('a message touches one ratchet and one small record, whatever the size of the room', () => {
    const env = testEnv();
    const { host } = startRoom(env);
    const inside = [host];
    const bytesPerMessage: { sent: number; received: number }[] = [];
    for (const size of [2, 8]) {
      while (inside.length < size) inside.push(letIn(env, inside, host));
      const reader = inside[1]!;
      for (let i = 0; i < 20; i++) reader.open(host.say('warm up').entry);
      const composed = composeContent(env, host.conversation, { type: 'text', text: 'measured' });
      host.take(composed);
      const sealed = sealDraft(env, host.conversation, composed.draft);
      host.take(sealed);
      const before = new Map(reader.records);
      reader.open({ kind: 'message', payload: sealed.payload });
      const changed = [...reader.records].filter(([key, value]) => before.get(key) !== value);
      const size_ = (values: readonly (Uint8Array | null)[]) =>
        values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
      bytesPerMessage.push({
        sent: size_([...composed.writes, ...sealed.writes].map(({ value }) => value)),
        received: size_(changed.map(([, value]) => value)),
      });
    }
    const [small, large] = bytesPerMessage;
    expect(large!.sent).toBe(small!.sent);
    expect(large!.received).toBe(small!.received);
    expect(large!.sent).toBeLessThan(300);
    expect(large!.received).toBeLessThan(600);
  });
});
