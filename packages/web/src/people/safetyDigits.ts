const GROUP = 5;

/** The digits of a safety number in groups of five, as both sides read them out. */
export function groupsOf(digits: string): readonly string[] {
  const plain = digits.replace(/\D/g, '');
  return Array.from({ length: Math.ceil(plain.length / GROUP) }, (_, at) =>
    plain.slice(at * GROUP, (at + 1) * GROUP),
  );
}
