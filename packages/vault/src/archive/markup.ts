const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // A parser would make a line feed of it.
  '\r': '&#13;',
  // No document can have it.
  '\0': '\ufffd',
};

/** Text as it stands in an element or a quoted attribute. What a parser reads out of it is the text, but for NUL. */
export function escaped(text: string): string {
  return text.replace(/[&<>"'\r\0]/g, character => ENTITIES[character]!);
}

/** A name inside a sentence, that cannot turn the sentence around. */
export function isolated(name: string): string {
  return `<bdi>${escaped(name)}</bdi>`;
}
