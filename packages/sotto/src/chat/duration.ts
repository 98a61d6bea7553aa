const UNITS = [
  { letter: 'w', seconds: 604_800, word: 'week' },
  { letter: 'd', seconds: 86_400, word: 'day' },
  { letter: 'h', seconds: 3_600, word: 'hour' },
  { letter: 'm', seconds: 60, word: 'minute' },
  { letter: 's', seconds: 1, word: 'second' },
] as const;

/** `30s`, `5m`, `8h`, `1d`, `2w`, in seconds; `undefined` for what is none. */
export function secondsOf(text: string): number | undefined {
  const [, count, letter] = /^(\d{1,6})\s*([smhdw])$/i.exec(text.trim()) ?? [];
  const unit = UNITS.find(each => each.letter === letter?.toLowerCase());
  return unit && Number(count) * unit.seconds;
}

/** `1 hour`, `90 seconds`: by the largest unit that says it exactly. */
export function durationWords(seconds: number): string {
  const unit = UNITS.find(each => seconds >= each.seconds && seconds % each.seconds === 0) ?? UNITS.at(-1)!;
  const count = seconds / unit.seconds;
  return `${count} ${unit.word}${count === 1 ? '' : 's'}`;
}
