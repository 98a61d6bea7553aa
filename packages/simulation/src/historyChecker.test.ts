import { describe, expect, it } from 'vitest';
import type { Evidence, RoomLog, WrittenText } from './history.ts';
import { checkHistory } from './historyChecker.ts';

function text(who: string, index: number, patch: Partial<WrittenText> = {}): WrittenText {
  const room = 'garden';
  return {
    text: `${who} ${index}`,
    who,
    room,
    index,
    outcome: 'ok',
    acknowledged: true,
    retried: false,
    seq: 10 + index,
    ...patch,
  };
}

function log(who: string, shown: readonly string[], patch: Partial<RoomLog> = {}): RoomLog {
  return {
    who,
    room: 'garden',
    texts: shown.map((line, order) => ({ key: `${order}`, order, text: line, from: line.split(' ')[0]! })),
    alarms: [],
    membership: 'member',
    members: ['ada', 'ben'],
    epoch: 3,
    epochAuthenticator: 'aa',
    ...patch,
  };
}

/** Ada and Ben in a room, two texts of Ada, all well. */
function evidence(patch: Partial<Evidence> = {}): Evidence {
  const stay = (who: string, fromSeq: number) => ({
    who,
    deviceId: who,
    room: 'garden',
    fromSeq,
    toSeq: Number.POSITIVE_INFINITY,
  });
  return {
    texts: [text('ada', 0), text('ada', 1)],
    logs: [log('ada', ['ada 0', 'ada 1']), log('ben', ['ada 0', 'ada 1'])],
    stays: [stay('ada', 0), stay('ben', 2)],
    seenTwice: [],
    endedRooms: [],
    unfinished: [],
    crashes: [],
    ...patch,
  };
}

const kinds = (patch: Partial<Evidence>) => checkHistory(evidence(patch)).map(({ kind }) => kind);

describe('the checker of histories', () => {
  it('finds nothing where all is well', () => {
    expect(kinds({})).toEqual([]);
  });

  it('finds what was acknowledged and did not arrive', () => {
    const logs = [log('ada', ['ada 0', 'ada 1']), log('ben', ['ada 1'])];
    expect(kinds({ logs })).toEqual(['lost']);
  });

  it('does not miss what was never acknowledged, or said before somebody came or after they went', () => {
    const logs = [log('ada', ['ada 0', 'ada 1']), log('ben', ['ada 1'])];
    expect(kinds({ logs, texts: [text('ada', 0, { acknowledged: false }), text('ada', 1)] })).toEqual([]);
    expect(kinds({ logs, texts: [text('ada', 0, { seq: 2 }), text('ada', 1)] })).toEqual([]);
  });

  it('finds what is shown twice', () => {
    const logs = [log('ada', ['ada 0', 'ada 1']), log('ben', ['ada 0', 'ada 1', 'ada 1'])];
    expect(kinds({ logs })).toEqual(['duplicate']);
    expect(kinds({ seenTwice: [{ who: 'ben', room: 'garden', text: 'ada 0' }] })).toEqual(['duplicate']);
  });

  it('finds inversions of one author, but not of texts that were tried again', () => {
    const logs = [log('ada', ['ada 0', 'ada 1']), log('ben', ['ada 1', 'ada 0'])];
    expect(kinds({ logs })).toEqual(['order']);
    expect(kinds({ logs, texts: [text('ada', 0, { retried: true }), text('ada', 1)] })).toEqual([]);
  });

  it('finds what nobody wrote, and what somebody else wrote', () => {
    const stranger = log('ben', ['ada 0', 'ada 1', 'ada 2']);
    expect(kinds({ logs: [stranger] })).toEqual(['phantom']);
    const mine = log('ben', ['ada 0', 'ada 1']);
    const [first, ...others] = mine.texts;
    const claimed = { ...mine, texts: [{ ...first!, from: 'ben' }, ...others] };
    expect(kinds({ logs: [claimed] })).toEqual(['phantom']);
    const texts = [text('ada', 0, { outcome: 'failed', acknowledged: false }), text('ada', 1)];
    expect(kinds({ texts })).toEqual(['phantom', 'phantom']);
  });

  it('finds what was read from outside the room', () => {
    expect(kinds({ texts: [text('ada', 0, { seq: 1 }), text('ada', 1)] })).toEqual(['membership']);
  });

  it('finds lists of members that are not the truth', () => {
    const logs = [
      log('ada', ['ada 0', 'ada 1'], { members: ['ada', 'ben', 'eve'] }),
      log('ben', ['ada 0', 'ada 1']),
    ];
    expect(kinds({ logs })).toEqual(['membership']);
  });

  it('finds members in different epochs or with different secrets', () => {
    const all = ['ada 0', 'ada 1'];
    expect(kinds({ logs: [log('ada', all), log('ben', all, { epoch: 4 })] })).toEqual(['fork']);
    expect(kinds({ logs: [log('ada', all), log('ben', all, { epochAuthenticator: 'bb' })] })).toEqual([
      'fork',
    ]);
  });

  it('passes on what is stuck, what crashed and what cried wolf', () => {
    const logs = [log('ada', ['ada 0', 'ada 1'], { alarms: ['gap'] })];
    expect(kinds({ logs, unfinished: ['ben sends'], crashes: ['TypeError'] })).toEqual([
      'crash',
      'stuck',
      'false-alarm',
    ]);
  });
});
