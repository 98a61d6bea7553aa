import type { ComponentChildren } from 'preact';
import type { FileKind } from './fileName.ts';

const SHEET = (
  <path d="M7 3.500h6.500L18 8v11a1.500 1.500 0 0 1-1.500 1.500h-9.500A1.500 1.500 0 0 1 5.500 19V5A1.500 1.500 0 0 1 7 3.500Z" />
);

/** On a 24 px grid, in strokes, as all drawings. */
const DRAWINGS: Readonly<Record<FileKind, ComponentChildren>> = {
  file: (
    <>
      {SHEET}
      <path d="M13 3.800V8.500h4.700" />
    </>
  ),
  text: (
    <>
      {SHEET}
      <path d="M9 10h5.500M9 13.200h5.500M9 16.400h3.500" />
    </>
  ),
  table: (
    <>
      <rect x="4" y="5" width="16" height="14" rx="2" />
      <path d="M4 10h16M4 14.500h16M10 5v14" />
    </>
  ),
  picture: (
    <>
      <rect x="3.500" y="5" width="17" height="14" rx="2.500" />
      <circle cx="9" cy="10" r="1.600" />
      <path d="m4.500 17 4.500-4 3 2.500 4-4.500 4 4.500" />
    </>
  ),
  film: (
    <>
      <rect x="3.500" y="5" width="17" height="14" rx="2.500" />
      <path d="m10.500 9.300 4 2.700-4 2.700Z" />
    </>
  ),
  sound: (
    <>
      <circle cx="7.500" cy="17" r="2.500" />
      <circle cx="16.500" cy="15" r="2.500" />
      <path d="M10 17V6.500l9-2V15" />
    </>
  ),
  archive: (
    <>
      <rect x="4" y="4.500" width="16" height="4.500" rx="1.200" />
      <path d="M5.500 9v9A1.500 1.500 0 0 0 7 19.500h10a1.500 1.500 0 0 0 1.500-1.500V9M10 12.500h4" />
    </>
  ),
  program: (
    <>
      <rect x="3.500" y="5" width="17" height="14" rx="2.500" />
      <path d="m7.500 10 2.500 2.300-2.500 2.300M12.500 14.800H16" />
    </>
  ),
};

/** What kind of file it is, beside words that say the same. */
export function KindIcon({ kind }: { kind: FileKind }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {DRAWINGS[kind]}
    </svg>
  );
}
