import { nobleProvider } from '@sotto/mls/noble';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreError } from '../errors.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { updateKeys } from './beginCommit.ts';
import { alignStreamEpoch, conversationView, loadConversation, memberOf } from './conversation.ts';
import { RecordReader, writeRecord } from './record.ts';
import { commitEntry, letIn, push, StoryDevice, startRoom } from './story.fixture.ts';

describe('stored conversations', () => {
  const env = testEnv();
  const { host } = startRoom(env);
  const guest = letIn(env, [host]);
  host.open(guest.say('hello').entry);
  host.begin(updateKeys);
  const records = [...host.records];

  it('come back as they were, whatever the order of the records', () => {
    const loaded = loadConversation(env, records.toReversed());
    expect(conversationView(loaded)).toEqual(host.view);
    expect(memberOf(loaded, guest.deviceId)).toEqual(memberOf(host.conversation, guest.deviceId));
  });

  it('are refused when a record is missing, and say what they are refused for', () => {
    for (const missing of ['room', 'epochs', 'mls/epoch']) {
      expectCode(
        () =>
          loadConversation(
            env,
            records.filter(([key]) => key !== missing),
          ),
        'BAD_STATE',
      );
    }
    expectCode(() => loadConversation(env, []), 'BAD_STATE');
  });

  it('throw nothing but CoreError for damaged records', () => {
    const small = records.filter(
      ([key]) => ['room', 'epochs', 'pending'].includes(key) || key.startsWith('sender/'),
    );
    expect(small.length).toBeGreaterThanOrEqual(4);
    fc.assert(
      fc.property(fc.constantFrom(...small), fc.nat(), fc.nat(255), ([damaged, value], at, byte) => {
        const bytes = value.slice();
        bytes[at % bytes.length] = byte;
        try {
          loadConversation(
            env,
            records.map(([key, kept]) => [key, key === damaged ? bytes : kept]),
          );
        } catch (error) {
          expect(error).toBeInstanceOf(CoreError);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('the epoch of the stream', () => {
  it('can be put right after joining, and is kept', () => {
    const env = testEnv();
    const { host } = startRoom(env);
    push({ kind: 'commit', payload: Uint8Array.of(1) }, [host]);
    const guest = letIn(env, [host]);
    expect(host.view.streamEpoch).toBe(2);
    expect(guest.view.streamEpoch).toBe(1);
    guest.take(alignStreamEpoch(guest.conversation, 2));
    guest.crash();
    expect(guest.view).toMatchObject({ streamEpoch: 2, epoch: 1 });
  });
});

describe('two providers', () => {
  it('talk to each other: OpenSSL at the host, noble at the guest', () => {
    const env = testEnv();
    const { host } = startRoom(env);
    const guest = letIn(env, [host]);
    const inBrowser = new StoryDevice({ ...env, provider: nobleProvider }, guest.identity);
    inBrowser.take({
      conversation: loadConversation(inBrowser.env, guest.records),
      writes: [...guest.records].map(([key, value]) => ({ key, value })),
    });
    expect(host.open(inBrowser.say('from a browser').entry).type).toBe('content');
    push(commitEntry(inBrowser.begin(updateKeys)), [host, inBrowser]);
    push(commitEntry(host.begin(updateKeys)), [host, inBrowser]);
    expect(inBrowser.open(host.say('from a server').entry).type).toBe('content');
    expect(inBrowser.view.epochAuthenticator).toEqual(host.view.epochAuthenticator);
  });
});

describe('records', () => {
  it('read back what was written, and nothing else', () => {
    const field = fc.oneof(fc.maxSafeNat(), fc.string(), fc.uint8Array({ maxLength: 50 }));
    fc.assert(
      fc.property(fc.array(field, { maxLength: 10 }), fields => {
        const bytes = writeRecord(3, fields);
        const reader = new RecordReader(bytes, 3);
        const read = fields.map(value => {
          if (typeof value === 'number') return reader.number();
          return typeof value === 'string' ? reader.text() : reader.bytesField();
        });
        reader.end();
        expect(read).toEqual(fields);
        expectCode(() => new RecordReader(bytes, 4), 'BAD_STATE');
        if (fields.length > 0) expectCode(() => new RecordReader(bytes, 3).end(), 'BAD_STATE');
      }),
    );
  });

  it('do not allocate what a damaged count asks for', () => {
    const reader = new RecordReader(writeRecord(1, [Number.MAX_SAFE_INTEGER]), 1);
    expectCode(() => reader.list(() => reader.number()), 'BAD_STATE');
  });
});
