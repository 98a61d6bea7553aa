import { shownLine } from './shown.ts';

/** `(file: menu.pdf, 1.2 MB)`, with `more` behind it. */
export function fileWords(
  { name, sizeBytes }: { readonly name: string; readonly sizeBytes: number },
  more = '',
): string {
  return `(file: ${shownLine(name)}, ${sizeWords(sizeBytes)}${more === '' ? '' : `; ${more}`})`;
}

function sizeWords(sizeBytes: number): string {
  if (sizeBytes < 1_000) return `${sizeBytes} bytes`;
  const [size, unit] = sizeBytes < 1_000_000 ? [sizeBytes / 1_000, 'kB'] : [sizeBytes / 1_000_000, 'MB'];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}
