import type { Evidence, RoomLog, ShownText, Stay, WrittenText } from './history.ts';

export type FindingKind =
  /** Acknowledged to its author, never shown to somebody who was in the room and caught up. */
  | 'lost'
  /** Shown twice. */
  | 'duplicate'
  /** Shown in another order than its author wrote it. */
  | 'order'
  /** Shown, never written (or refused when it was), or not by the one it is said to be from. */
  | 'phantom'
  /** Read by somebody who was not in the room, or a list of members that is not the truth. */
  | 'membership'
  /** Two members who are in different epochs, or in different rooms of the same name. */
  | 'fork'
  /** Something that should have come to an end and did not. */
  | 'stuck'
  /** A gap or a warning, though the relay was honest. */
  | 'false-alarm'
  /** An error that no caller should see. */
  | 'crash';

/** Something that must not be. */
export interface Finding {
  readonly kind: FindingKind;
  /** Who, where, what: for the one who looks for the cause. */
  readonly facts: string;
}

/** Everything that is wrong in a history that has come to rest; nothing, when all is well. */
export function checkHistory(evidence: Evidence): readonly Finding[] {
  return [
    ...evidence.crashes.map(facts => finding('crash', facts)),
    ...evidence.unfinished.map(facts => finding('stuck', facts)),
    ...evidence.seenTwice.map(({ who, room, text }) =>
      finding('duplicate', `${who} saw "${text}" twice in ${room}`),
    ),
    ...evidence.logs.flatMap(log => [
      ...duplicatesIn(log),
      ...inversionsIn(log, evidence.texts),
      ...phantomsIn(log, evidence),
      ...strangersIn(log, evidence),
      ...log.alarms.map(alarm => finding('false-alarm', `${log.who} in ${log.room}: ${alarm}`)),
    ]),
    ...evidence.texts.flatMap(text => lossesOf(text, evidence)),
    ...disagreements(evidence),
  ];
}

function finding(kind: FindingKind, facts: string): Finding {
  return { kind, facts };
}

function duplicatesIn({ who, room, texts }: RoomLog): readonly Finding[] {
  const seen = new Set<string>();
  return texts.flatMap(({ text }) => {
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    return [finding('duplicate', `${who} has "${text}" twice in ${room}`)];
  });
}

function inversionsIn(log: RoomLog, texts: Evidence['texts']): readonly Finding[] {
  const written = new Map(texts.filter(({ retried }) => !retried).map(text => [text.text, text]));
  const newest = new Map<string, WrittenText>();
  return log.texts.flatMap(({ text }) => {
    const next = written.get(text);
    if (next === undefined) return [];
    const before = newest.get(next.who);
    if (before === undefined || before.index <= next.index) {
      newest.set(next.who, next);
      return [];
    }
    return [finding('order', `${log.who} has "${next.text}" behind "${before.text}"`)];
  });
}

function phantomsIn(log: RoomLog, { texts, stays }: Evidence): readonly Finding[] {
  const written = new Map(texts.map(text => [text.text, text]));
  return log.texts.flatMap(shown => {
    const text = written.get(shown.text);
    if (text === undefined || text.room !== log.room) {
      return [finding('phantom', `${log.who} has "${shown.text}" in ${log.room}, which nobody wrote there`)];
    }
    if (text.outcome === 'failed') {
      return [finding('phantom', `${log.who} has "${shown.text}", which its author was told is not sent`)];
    }
    return isFrom(shown, text, stays)
      ? []
      : [finding('phantom', `${log.who} has "${shown.text}" from ${shown.from}, who did not write it`)];
  });
}

function isFrom(shown: ShownText, text: WrittenText, stays: readonly Stay[]): boolean {
  return stays.some(({ who, deviceId }) => who === text.who && deviceId === shown.from);
}

function strangersIn(log: RoomLog, { texts, stays }: Evidence): readonly Finding[] {
  const places = new Map(texts.map(({ text, seq }) => [text, seq]));
  return log.texts.flatMap(({ text }) => {
    const seq = places.get(text);
    if (seq === undefined || wasIn(stays, log.who, log.room, seq)) return [];
    return [
      finding('membership', `${log.who} has "${text}" (seq ${seq}) of ${log.room}, and was not in it then`),
    ];
  });
}

function wasIn(stays: readonly Stay[], who: string, room: string, seq: number): boolean {
  return stays.some(
    stay => stay.who === who && stay.room === room && stay.fromSeq < seq && seq <= stay.toSeq,
  );
}

function lossesOf(text: WrittenText, { logs, stays, endedRooms }: Evidence): readonly Finding[] {
  const { seq, room } = text;
  if (!text.acknowledged || seq === undefined || endedRooms.includes(room)) return [];
  const have = (who: string) => logs.filter(log => log.room === room && log.who === who);
  // Somebody may have two logs of a room: who comes back after a removal gets a new one.
  return [...new Set(logs.map(({ who }) => who))].flatMap(who => {
    const own = have(who);
    if (own.length === 0 || !wasIn(stays, who, room, seq)) return [];
    if (own.some(log => log.texts.some(shown => shown.text === text.text))) return [];
    return [finding('lost', `${who} never got "${text.text}" (seq ${seq})`)];
  });
}

/** Whoever is in a room agrees on who is, and on the secrets of the epoch. */
function disagreements({ logs, stays, endedRooms }: Evidence): readonly Finding[] {
  const rooms = [...new Set(logs.map(({ room }) => room))].filter(room => !endedRooms.includes(room));
  return rooms.flatMap(room => {
    const inside = logs.filter(log => log.room === room && log.membership === 'member');
    const truth = stays
      .filter(stay => stay.room === room && stay.toSeq === Number.POSITIVE_INFINITY)
      .map(({ deviceId }) => deviceId)
      .sort()
      .join();
    const wrong = inside.filter(log => log.members.join() !== truth);
    const epochs = new Set(inside.map(log => `${log.epoch}/${log.epochAuthenticator}`));
    return [
      ...wrong.map(log =>
        finding('membership', `${log.who} has other members in ${room} than were admitted`),
      ),
      ...(epochs.size > 1
        ? [finding('fork', `${room}: ${inside.map(log => `${log.who} in epoch ${log.epoch}`).join(', ')}`)]
        : []),
    ];
  });
}
