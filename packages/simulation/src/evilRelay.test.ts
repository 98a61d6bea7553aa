import { DedupeId, type Entry, LIMITS, type ServerBody } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { EvilStage } from './evilStage.fixture.ts';
import type { Tampering } from './forgedLog.ts';
import { SeededRandom } from './seededRandom.ts';

const random = new SeededRandom(99);
const freshId = () => DedupeId.fromBytes(random.bytes(16));

/** Swaps the two messages that come next. */
function swapNextTwo(): Tampering {
  let held: Entry | undefined;
  let done = false;
  return entry => {
    if (done || entry.kind !== 'message') return [entry];
    if (held === undefined) {
      held = entry;
      return [];
    }
    done = true;
    return [entry, held];
  };
}

/** Does something once, with the next entry of a kind. */
function onceWith(kind: Entry['kind'], tamper: Tampering): Tampering {
  let done = false;
  return entry => {
    if (done || entry.kind !== kind) return [entry];
    done = true;
    return tamper(entry);
  };
}

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at]! ^= 1 << (at & 7);
  return copy;
};

/** Fills with what somebody appends from now on. */
function ownAppends(stage: EvilStage, who: string): ReadonlySet<DedupeId> {
  const own = new Set<DedupeId>();
  stage.evil.whenSaying(who, body => {
    if (body.type === 'append') own.add(body.dedupeId);
    return body;
  });
  return own;
}

/** The forged entry's own message; two MLS messages do not fit into one entry of kind `message`. */
const withPayload = (entry: Entry, payload: Uint8Array): Entry => ({ ...entry, payload });

describe('messages', () => {
  it('threat 8: a replayed message is shown once', async () => {
    const stage = await EvilStage.room();
    stage.say('ada', 'once');
    await stage.until(() => stage.texts('ben').includes('once'));
    await stage.rest();
    const old = stage.evil.entriesOf(stage.streamId);
    stage.evil.forgeLog(
      'ben',
      stage.streamId,
      onceWith('message', entry => [...old.map(copy => ({ ...copy, dedupeId: freshId() })), entry]),
    );
    stage.say('ada', 'twice?');
    await stage.until(() => stage.texts('ben').includes('twice?'));
    await stage.worksFor('ada', 'ben', 'cleo');
    expect(stage.texts('ben').filter(text => text === 'once' || text === 'twice?')).toEqual([
      'once',
      'twice?',
    ]);
  });

  it('threat 8: a message replayed after a restart is shown once', async () => {
    const stage = await EvilStage.room();
    stage.say('ada', 'once');
    await stage.until(() => stage.texts('ben').includes('once'));
    await stage.rest();
    const old = stage.evil.entriesOf(stage.streamId).filter(({ kind }) => kind === 'message');
    stage.device('ben').kill();
    stage.evil.forgeLog(
      'ben',
      stage.streamId,
      onceWith('message', entry => [...old, entry]),
    );
    void stage.world.start(stage.device('ben'));
    await stage.until(() => stage.connection('ben') === 'online');
    stage.say('ada', 'later');
    await stage.until(() => stage.texts('ben').includes('later'));
    await stage.worksFor('ada', 'ben', 'cleo');
    expect(stage.texts('ben').filter(text => text === 'once')).toHaveLength(1);
  });

  it('threat 8: an own message that comes back again is shown once, and stops nothing', async () => {
    const stage = await EvilStage.room();
    stage.say('ben', 'mine');
    await stage.until(() => stage.sendState('ben', 'mine') === 'delivered');
    await stage.rest();
    const own = stage.evil.entriesOf(stage.streamId).filter(({ kind }) => kind === 'message');
    stage.evil.forgeLog(
      'ben',
      stage.streamId,
      onceWith('message', entry => [...own, entry]),
    );
    await stage.worksFor('ada', 'ben', 'cleo');
    expect(stage.texts('ben').filter(text => text === 'mine')).toHaveLength(1);
  });

  it('threat 9: two messages that change places are both shown, in the order in which they were written', async () => {
    const stage = await EvilStage.room();
    stage.evil.forgeLog('ben', stage.streamId, swapNextTwo());
    stage.say('ada', 'first');
    await stage.until(() => stage.texts('cleo').includes('first'));
    stage.say('ada', 'second');
    await stage.until(() => stage.texts('ben').includes('first'));
    await stage.rest();
    expect(stage.texts('cleo')).toEqual(['first', 'second']);
    expect(stage.texts('ben')).toEqual(['first', 'second']);
  });

  it('threat 9: however a relay shuffles them, messages of one person stand in their order, and none is missing', async () => {
    const stage = await EvilStage.room();
    let held: Entry[] = [];
    let shuffling = true;
    // Batches of five come backwards, so that gaps open, shrink and close.
    stage.evil.forgeLog('ben', stage.streamId, entry => {
      if (entry.kind !== 'message') return [entry];
      held.push(entry);
      if (shuffling && held.length < 5) return [];
      const backwards = held.toReversed();
      held = [];
      return backwards;
    });
    const texts = Array.from({ length: 10 }, (_, i) => `number ${i}`);
    for (const text of texts) stage.say('ada', text);
    await stage.until(() => stage.texts('cleo').length === 10);
    for (let i = 0; i < 5; i++) stage.say('cleo', `and ${i}`);
    await stage.until(() => stage.texts('ben').includes('number 9'));
    await stage.rest();
    const ofAda = stage.texts('ben').filter(text => text.startsWith('number'));
    expect(ofAda).toEqual(texts);
    shuffling = false;
    await stage.worksFor('ada', 'ben', 'cleo');
    expect(stage.gaps('ben')).toEqual([]);
  });

  it('threat 10: a dropped message is seen as missing when the next one comes', async () => {
    const stage = await EvilStage.room();
    stage.evil.forgeLog(
      'ben',
      stage.streamId,
      onceWith('message', () => []),
    );
    stage.say('ada', 'never seen');
    await stage.until(() => stage.texts('cleo').includes('never seen'));
    expect(stage.gaps('ben')).toEqual([]);
    stage.say('ada', 'seen');
    await stage.until(() => stage.texts('ben').includes('seen'));
    expect(stage.texts('ben')).toEqual(['seen']);
    expect(stage.gaps('ben')).toEqual(['missing 1']);
    await stage.rest();
    expect(stage.sendState('ada', 'never seen')).toBe('sent');
    expect(stage.gaps('cleo')).toEqual([]);
  });

  it('threat 10: numbers that leave one out are asked for again, and what does not come is a gap', async () => {
    const stage = await EvilStage.room();
    let hidden: number | undefined;
    stage.evil.whenHearing('ben', body => {
      if (body.type !== 'entries' || body.streamId !== stage.streamId) return [body];
      hidden ??= body.entries[0]!.seq;
      const entries = body.entries.filter(({ seq }) => seq !== hidden);
      return entries.length === 0 ? [] : [{ ...body, entries }];
    });
    stage.say('ada', 'hidden');
    stage.say('ada', 'shown');
    await stage.until(() => stage.texts('ben').includes('shown'));
    await stage.rest();
    expect(stage.texts('ben')).toEqual(['shown']);
    expect(stage.gaps('ben')).toContain('missing 1');
    expect(stage.warnings('ben')).toContain('out-of-sync');
  });

  it('threat 10: what the relay says it took and did not is never shown as delivered', async () => {
    const stage = await EvilStage.room();
    let taken = 0;
    stage.evil.whenSaying('ada', (body, requestId) => {
      if (body.type !== 'append' || taken > 0) return body;
      taken = stage.evil.entriesOf(stage.streamId).at(-1)!.seq + 1;
      stage.evil.tell(
        'ada',
        { type: 'appended', seq: taken, receivedAtMs: stage.world.time.nowMs() },
        requestId,
      );
      return undefined;
    });
    stage.say('ada', 'swallowed');
    await stage.until(() => stage.sendState('ada', 'swallowed') === 'sent');
    stage.say('ada', 'arrives');
    await stage.until(() => stage.texts('ben').includes('arrives'));
    await stage.rest();
    expect(stage.texts('ben')).toEqual(['arrives']);
    expect(stage.gaps('ben')).toEqual(['missing 1']);
    expect(stage.sendState('ada', 'swallowed')).toBe('sent');
    expect(stage.sendState('ada', 'arrives')).toBe('delivered');
  });

  it('threat 11: a flipped bit anywhere in a message shows a gap, and nothing else changes', async () => {
    const stage = await EvilStage.room();
    const own = ownAppends(stage, 'ben');
    let flips = 0;
    stage.evil.forgeLog('ben', stage.streamId, entry => {
      if (entry.kind !== 'message' || own.has(entry.dedupeId) || flips === 12) return [entry];
      flips++;
      const damaged = flipped(entry.payload, random.below(entry.payload.length));
      // The true one follows: damage must not have used up what opens it.
      return [withPayload(entry, damaged), { ...entry, dedupeId: freshId() }];
    });
    for (let i = 0; i < 12; i++) {
      stage.say(i % 2 === 0 ? 'ada' : 'cleo', `number ${i}`);
      await stage.until(() => stage.texts('ben').includes(`number ${i}`));
    }
    expect(flips).toBe(12);
    expect(stage.texts('ben')).toEqual(Array.from({ length: 12 }, (_, i) => `number ${i}`));
    // Where a receipt was hit, nothing stands between its gap and the next.
    const counts = stage.gaps('ben').map(gap => Number(/^undecryptable (\d+)$/.exec(gap)?.[1]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(12);
    await stage.worksFor('ada', 'ben', 'cleo');
  });

  it('threat 11: a message that is cut short is a gap, and the whole one still opens', async () => {
    const stage = await EvilStage.room();
    let cuts = 0;
    stage.evil.forgeLog('ben', stage.streamId, entry => {
      if (entry.kind !== 'message' || cuts === 4) return [entry];
      cuts++;
      const cut = entry.payload.slice(0, random.between(1, entry.payload.length - 1));
      return [withPayload(entry, cut), { ...entry, dedupeId: freshId() }];
    });
    for (let i = 0; i < 4; i++) stage.say('ada', `number ${i}`);
    await stage.until(() => stage.texts('ben').length === 4);
    expect(stage.texts('ben')).toEqual(['number 0', 'number 1', 'number 2', 'number 3']);
    expect(stage.gaps('ben')).toHaveLength(4);
  });

  it('threat 11: frames that are damaged end the connection, and nothing is lost', async () => {
    const stage = await EvilStage.room();
    let damages = 0;
    stage.evil.corrupt('ben', frame => {
      if (damages === 6) return frame;
      damages++;
      return frame.slice(0, Math.max(1, frame.length - 1 - random.below(8)));
    });
    for (let i = 0; i < 8; i++) {
      stage.say('ada', `number ${i}`);
      await stage.rest(3_000);
    }
    await stage.until(() => stage.texts('ben').length === 8);
    expect(damages).toBe(6);
    expect(stage.texts('ben')).toEqual(Array.from({ length: 8 }, (_, i) => `number ${i}`));
  });

  it('threat 19: a ciphertext of one room, posted into another, is refused there', async () => {
    const stage = await EvilStage.room();
    const other = await stage.openRoom('ada');
    await stage.enter('ben', other);
    await stage.rest();
    stage.say('ada', 'for the other room', other);
    await stage.until(() => stage.texts('ben', other).includes('for the other room'));
    const foreign = stage.evil
      .entriesOf(other.streamId)
      .filter(({ kind }) => kind === 'message')
      .at(-1)!;
    for (const who of ['ben', 'cleo']) {
      stage.evil.forgeLog(
        who,
        stage.streamId,
        onceWith('message', entry => [foreign, entry]),
      );
    }
    stage.say('ada', 'for this room');
    await stage.until(
      () => stage.texts('ben').includes('for this room') && stage.texts('cleo').includes('for this room'),
    );
    for (const who of ['ben', 'cleo']) {
      expect(stage.texts(who)).toEqual(['for this room']);
      expect(stage.gaps(who)).toEqual(['undecryptable 1']);
    }
    await stage.worksFor('ada', 'ben', 'cleo');
  });

  it('threat 6: a message passed as a commit is no commit, and a commit passed as a message is no message', async () => {
    const stage = await EvilStage.room();
    const epoch = stage.view('ben')!.epoch;
    stage.evil.forgeLog(
      'ben',
      stage.streamId,
      onceWith('message', entry => [
        { ...entry, kind: 'commit' },
        { ...entry, dedupeId: freshId() },
      ]),
    );
    stage.say('ada', 'a message');
    await stage.until(() => stage.texts('ben').includes('a message'));
    expect(stage.view('ben')!.epoch).toBe(epoch);
    stage.evil.forgeLog(
      'cleo',
      stage.streamId,
      onceWith('commit', entry => [{ ...entry, kind: 'message' }, entry]),
    );
    const { roomId } = stage.view('ada')!;
    void stage.world.operate(stage.device('ada'), 'renames', port =>
      port.setTitle(roomId, 'room 1, renamed'),
    );
    await stage.until(() => stage.view('cleo')!.title === 'room 1, renamed');
    expect(stage.texts('cleo')).toEqual(['a message']);
    expect(stage.gaps('cleo')).toEqual(['undecryptable 1']);
    await stage.worksFor('ada', 'ben', 'cleo');
  });

  it('threat 6: entries of kinds that have no place in a room are shown as unreadable, not guessed', async () => {
    const stage = await EvilStage.room();
    stage.evil.forgeLog(
      'ben',
      stage.streamId,
      onceWith('message', entry => [
        { ...entry, kind: 'welcome', dedupeId: freshId() },
        { ...entry, kind: 'answer', dedupeId: freshId() },
        entry,
      ]),
    );
    stage.say('ada', 'the real one');
    await stage.until(() => stage.texts('ben').includes('the real one'));
    expect(stage.texts('ben')).toEqual(['the real one']);
    expect(stage.gaps('ben')).toEqual(['unsupported 2']);
  });

  it('threat 18: a receipt that is replayed says nothing about a later message', async () => {
    const stage = await EvilStage.room({ guests: 1 });
    stage.say('ada', 'first');
    await stage.until(() => stage.sendState('ada', 'first') === 'delivered');
    await stage.rest();
    const before = stage.evil.entriesOf(stage.streamId);
    stage.world.network.isolate('ben');
    stage.evil.forgeLog('ada', stage.streamId, entry => [
      entry,
      ...before.map(old => ({ ...old, dedupeId: freshId() })),
    ]);
    stage.say('ada', 'second');
    await stage.until(() => stage.sendState('ada', 'second') === 'sent');
    await stage.rest();
    expect(stage.sendState('ada', 'second')).toBe('sent');
    expect(stage.texts('ada')).toEqual(['first', 'second']);
  });

  it('threat 22: times that the relay makes up change neither order nor what is shown', async () => {
    const stage = await EvilStage.room();
    let sign = 1;
    stage.evil.whenHearing('ben', body => {
      if (body.type !== 'entries') return [body];
      const entries = body.entries.map(entry => {
        sign = -sign;
        return { ...entry, receivedAtMs: sign > 0 ? 1 : Number.MAX_SAFE_INTEGER - 1 };
      });
      return [{ ...body, entries }];
    });
    for (let i = 0; i < 4; i++) stage.say('ada', `number ${i}`);
    await stage.until(() => stage.texts('ben').length === 4);
    expect(stage.texts('ben')).toEqual(['number 0', 'number 1', 'number 2', 'number 3']);
  });
});

describe('commits', () => {
  it('threat 12: a commit that is replayed changes nothing', async () => {
    const stage = await EvilStage.room();
    const commits = stage.evil.entriesOf(stage.streamId).filter(({ kind }) => kind === 'commit');
    expect(commits.length).toBeGreaterThan(2);
    const { epoch } = stage.view('ben')!;
    stage.evil.forgeLog(
      'ben',
      stage.streamId,
      onceWith('message', entry => [...commits, entry]),
    );
    stage.say('ada', 'go on');
    await stage.until(() => stage.texts('ben').includes('go on'));
    expect(stage.view('ben')!.epoch).toBe(epoch);
    expect(stage.members('ben')).toEqual(['ada', 'ben', 'cleo']);
    await stage.worksFor('ada', 'ben', 'cleo');
  });

  it('threat 12: whoever is kept from a commit stops visibly, and shows nothing wrong', async () => {
    const stage = await EvilStage.room();
    const { roomId } = stage.view('ada')!;
    stage.evil.forgeLog(
      'ben',
      stage.streamId,
      onceWith('commit', () => []),
    );
    void stage.world.operate(stage.device('ada'), 'renames', port =>
      port.setTitle(roomId, 'room 1, renamed'),
    );
    await stage.until(() => stage.view('cleo')!.title === 'room 1, renamed');
    stage.say('ada', 'in the new epoch');
    await stage.until(() => stage.texts('cleo').includes('in the new epoch'));
    await stage.rest();
    expect(stage.texts('ben')).toEqual([]);
    expect(stage.gaps('ben')).toContainEqual(expect.stringMatching(/^undecryptable \d+$/));
    expect(stage.warnings('ben')).toContain('out-of-sync');
    expect(stage.view('ben')!.title).toBe('room 1');
  });

  it('threat 15: a device that fell out asks for nothing by itself: no knock, no join, no commit', async () => {
    const stage = await EvilStage.room();
    const { roomId } = stage.view('ada')!;
    const said: string[] = [];
    stage.evil.forgeLog(
      'ben',
      stage.streamId,
      onceWith('commit', entry => [withPayload(entry, flipped(entry.payload, 40))]),
    );
    stage.evil.whenSaying('ben', body => {
      said.push(body.type === 'append' ? `append ${body.kind}` : body.type);
      return body;
    });
    void stage.world.operate(stage.device('ada'), 'renames', port =>
      port.setTitle(roomId, 'room 1, renamed'),
    );
    await stage.until(() => stage.view('cleo')!.title === 'room 1, renamed');
    await stage.rest(60_000);
    expect(stage.warnings('ben')).toContain('out-of-sync');
    expect(said).not.toContain('knock');
    expect(said).not.toContain('append commit');
    expect(stage.members('ada')).toEqual(['ada', 'ben', 'cleo']);
  });

  it('threat 12: a commit that comes before what was said ahead of it does not hide what was said', async () => {
    const stage = await EvilStage.room();
    const { roomId } = stage.view('ada')!;
    let held: Entry | undefined;
    stage.evil.forgeLog('ben', stage.streamId, entry => {
      if (held === undefined && entry.kind === 'message') {
        held = entry;
        return [];
      }
      if (entry.kind !== 'commit') return [entry];
      const late = held;
      held = entry;
      return late === undefined ? [entry] : [entry, late];
    });
    stage.say('ada', 'before');
    await stage.until(() => stage.texts('cleo').includes('before'));
    void stage.world.operate(stage.device('ada'), 'renames', port =>
      port.setTitle(roomId, 'room 1, renamed'),
    );
    await stage.until(() => stage.view('ben')!.title === 'room 1, renamed');
    await stage.rest();
    // Its keys are gone with its epoch: it cannot be read, and that is seen.
    expect(stage.texts('ben')).toEqual([]);
    expect(stage.gaps('ben')).toContain('undecryptable 1');
  });

  it('threat 13: two commits that win one epoch for different people are noticed by both', async () => {
    const stage = await EvilStage.room();
    const { streamId } = stage;
    let forBen: Entry | undefined;
    let taken = 0;
    // Ben's commit is taken, as he hears, in the place where the others have ada's.
    stage.evil.whenSaying('ben', (body, requestId) => {
      if (body.type !== 'append' || body.kind !== 'commit' || forBen !== undefined) return body;
      const { dedupeId, payload } = body;
      const receivedAtMs = stage.world.time.nowMs();
      taken = stage.evil.entriesOf(streamId).at(-1)!.seq + 1;
      forBen = { seq: taken, kind: 'commit', dedupeId, payload, receivedAtMs };
      stage.evil.tell('ben', { type: 'appended', seq: taken, receivedAtMs }, requestId);
      return undefined;
    });
    stage.evil.forgeLog('ben', streamId, entry =>
      entry.kind === 'commit' && forBen !== undefined ? [forBen] : [entry],
    );
    // A week later everyone's keys are due, at slightly different times.
    stage.device('ben').skewMs = 8 * 24 * 3_600_000;
    stage.device('ben').kill();
    void stage.world.start(stage.device('ben'));
    await stage.until(() => forBen !== undefined, 3_600_000);
    const { roomId } = stage.view('ada')!;
    void stage.world.operate(stage.device('ada'), 'renames', port =>
      port.setTitle(roomId, 'room 1, renamed'),
    );
    await stage.until(
      () =>
        stage.view('cleo')!.title === 'room 1, renamed' &&
        stage.view('ben')!.epoch === stage.view('ada')!.epoch,
    );
    stage.say('ada', 'to those who are with me');
    await stage.until(() => stage.texts('cleo').includes('to those who are with me'));
    stage.say('ben', 'to nobody');
    await stage.rest();
    expect(stage.texts('ben')).toEqual(['to nobody']);
    expect(stage.texts('ada')).toEqual(['to those who are with me']);
    // Keys of a fork open nothing of the other: every message from there is a gap on this side.
    for (const who of ['ada', 'ben', 'cleo']) expect(stage.gaps(who), who).toContain('undecryptable 1');
    expect(stage.sendState('ben', 'to nobody')).toBe('sent');
    // Never healed in silence: what was missed stays missed, and is shown.
    await stage.rest(60_000);
    expect(stage.texts('ben')).toEqual(['to nobody']);
    expect(stage.gaps('ben')).toContain('undecryptable 1');
  });

  it('threat 41: whoever was removed reads nothing more, though the relay goes on telling them', async () => {
    const stage = await EvilStage.room();
    const { roomId, members } = stage.view('ada')!;
    const ben = members.find(({ name }) => name === 'ben')!;
    void stage.world.operate(stage.device('ada'), 'removes ben', port =>
      port.removeMember(roomId, ben.deviceId),
    );
    await stage.until(() => stage.view('ben')!.membership === 'removed');
    stage.say('ada', 'without ben');
    await stage.until(() => stage.texts('cleo').includes('without ben'));
    const entries = stage.evil.entriesOf(stage.streamId);
    stage.evil.tell('ben', { type: 'entries', streamId: stage.streamId, entries: entries.slice(-3) });
    await stage.rest();
    expect(stage.texts('ben')).toEqual([]);
    expect(stage.view('ben')!.membership).toBe('removed');
  });
});

describe('what the relay says of streams and sessions', () => {
  it('threat 17: another protocol version is not spoken', async () => {
    const stage = await EvilStage.room();
    stage.evil.whenHearing('ben', body =>
      body.type === 'challenge' ? [{ ...body, protocolVersion: LIMITS.protocolVersion + 1 }] : [body],
    );
    stage.world.network.cut('ben');
    await stage.until(() => stage.connection('ben') === 'stopped: unsupported-relay');
  });

  it('threat 57: a cursor ahead of the store is taken for a store that was put back, and nothing is sent', async () => {
    const stage = await EvilStage.room();
    const said: string[] = [];
    stage.evil.whenSaying('ben', body => {
      said.push(body.type);
      return body;
    });
    stage.evil.whenHearing('ben', body =>
      body.type === 'subscribed' && body.status.streamId === stage.streamId
        ? [{ ...body, status: { ...body.status, headSeq: 900, acknowledgedSeq: 900 } }]
        : [body],
    );
    stage.world.network.cut('ben');
    await stage.until(() => stage.connection('ben') === 'stopped: rolled-back');
    expect(said).not.toContain('append');
  });

  it('threat 10: a stale head hides nothing from those who hear the entries', async () => {
    const stage = await EvilStage.room();
    stage.evil.whenHearing('ben', body =>
      body.type === 'subscribed' || body.type === 'streamChanged'
        ? [{ ...body, status: { ...body.status, headSeq: 0 } } as ServerBody]
        : [body],
    );
    stage.world.network.cut('ben');
    await stage.until(() => stage.connection('ben') === 'online');
    await stage.worksFor('ada', 'ben', 'cleo');
  });

  it('threat 12: an epoch that the relay makes up stops nobody for longer than the lie lasts', async () => {
    const stage = await EvilStage.room();
    let lies = 0;
    stage.evil.whenHearing('ben', body => {
      if (body.type !== 'appended' || lies === 3) return [body];
      lies++;
      return [{ type: 'failure', code: 'EPOCH_CONFLICT', message: '', epoch: 77, seq: 3, retryAfterMs: 0 }];
    });
    stage.say('ben', 'after all');
    await stage.until(() => stage.texts('ada').includes('after all'));
    await stage.until(() => stage.sendState('ben', 'after all') === 'delivered');
    expect(stage.texts('ben')).toEqual(['after all']);
    expect(stage.texts('cleo')).toEqual(['after all']);
  });

  it('threat 7: entries and Welcomes that nobody asked for are not taken', async () => {
    const stage = await EvilStage.room();
    const other = await stage.openRoom('ada');
    await stage.enter('cleo', other);
    await stage.rest();
    stage.say('ada', 'only for cleo', other);
    await stage.until(() => stage.texts('cleo', other).includes('only for cleo'));
    const roomsBefore = stage.device('ben').screen!.state.rooms.length;
    stage.evil.tell('ben', {
      type: 'entries',
      streamId: other.streamId,
      entries: stage.evil.entriesOf(other.streamId),
    });
    const welcomes = stage.world.stays.all.flatMap(({ streamId }) => stage.evil.entriesOf(streamId));
    stage.evil.tell('ben', { type: 'entries', streamId: stage.streamId, entries: welcomes.slice(0, 3) });
    await stage.rest();
    expect(stage.device('ben').screen!.state.rooms).toHaveLength(roomsBefore);
    expect(stage.texts('ben')).toEqual([]);
    await stage.worksFor('ada', 'ben', 'cleo');
  });
});
