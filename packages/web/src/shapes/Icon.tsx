import type { ComponentChildren } from 'preact';

/** The drawings, on a 24 px grid, in strokes. */
const DRAWINGS: Readonly<Record<string, ComponentChildren>> = {
  lock: (
    <>
      <rect x="5" y="11" width="14" height="9" rx="2.5" />
      <path d="M8 11V8a4 4 0 0 1 8 0v3" />
    </>
  ),
  clock: (
    <>
      <circle cx="12" cy="12" r="8" />
      <path d="M12 8v4.500l2.500 1.500" />
    </>
  ),
  timer: (
    <>
      <circle cx="12" cy="13.500" r="7" />
      <path d="M12 10v3.500l2 2M9.500 3h5" />
    </>
  ),
  check: <path d="m4 13 4 4L19 6" />,
  checks: (
    <>
      <path d="m1 13 4 4L15 6" />
      <path d="m11 16 1.500 1.500L23 6" />
    </>
  ),
  send: (
    <>
      <path d="M12 19V5" />
      <path d="m6 11 6-6 6 6" />
    </>
  ),
  more: (
    <>
      <circle cx="5" cy="12" r="1" />
      <circle cx="12" cy="12" r="1" />
      <circle cx="19" cy="12" r="1" />
    </>
  ),
  back: <path d="m14 6-6 6 6 6" />,
  down: <path d="m6 9 6 6 6-6" />,
  right: <path d="m9 6 6 6-6 6" />,
  eye: (
    <>
      <path d="M2 12s3.600-6.500 10-6.500S22 12 22 12s-3.600 6.500-10 6.500S2 12 2 12Z" />
      <circle cx="12" cy="12" r="2.600" />
    </>
  ),
  unlocked: (
    <>
      <rect x="5" y="11" width="14" height="9" rx="2.5" />
      <path d="M8 11V8a4 4 0 0 1 7.500-2" />
    </>
  ),
  hide: (
    <>
      <path d="M2 12s3.600-6.500 10-6.500S22 12 22 12s-3.600 6.500-10 6.500S2 12 2 12Z" />
      <path d="M4 20 20 4" />
    </>
  ),
  key: (
    <>
      <circle cx="8" cy="15.500" r="4" />
      <path d="m11 12.500 8.500-8.500M16.500 7l3 3M14 9.500l2 2" />
    </>
  ),
  reply: (
    <>
      <path d="m9 14-5-5 5-5" />
      <path d="M4 9h9a7 7 0 0 1 7 7v3" />
    </>
  ),
  attach: (
    <path d="m19 11.500-7.400 7.400a4.600 4.600 0 0 1-6.500-6.500l8-8a3.100 3.100 0 0 1 4.400 4.400l-7.900 7.900a1.500 1.500 0 0 1-2.200-2.200l7-7" />
  ),
  close: <path d="m6 6 12 12M18 6 6 18" />,
  warn: (
    <>
      <path d="M12 4 2.500 20h19L12 4Z" />
      <path d="M12 10v4.500M12 17.500v.01" />
    </>
  ),
  pause: <path d="M8.500 6v12M15.500 6v12" />,
  away: <path d="M20 14.500A8 8 0 0 1 9.500 4a8 8 0 1 0 10.500 10.500Z" />,
  offline: (
    <>
      <path d="M3 3l18 18" />
      <path d="M5 12.500a10 10 0 0 1 4.500-2.600M14.500 9.900a10 10 0 0 1 4.500 2.600M8.500 16a5 5 0 0 1 7 0M12 20v.01" />
    </>
  ),
  person: (
    <>
      <circle cx="12" cy="8" r="3.800" />
      <path d="M4.500 20a7.500 7.500 0 0 1 15 0" />
    </>
  ),
  invite: (
    <>
      <circle cx="10" cy="8" r="3.800" />
      <path d="M3 20a7 7 0 0 1 12.500-4.300M19 14v6M16 17h6" />
    </>
  ),
  group: (
    <>
      <circle cx="9" cy="8.500" r="3.300" />
      <path d="M2.500 19a6.500 6.500 0 0 1 13 0M16 5.600a3.300 3.300 0 0 1 0 5.800M18 13.400a6.500 6.500 0 0 1 3.500 5.600" />
    </>
  ),
  camera: (
    <>
      <rect x="3" y="7" width="18" height="12.500" rx="3" />
      <path d="M8.500 7 10 4.500h4L15.500 7" />
      <circle cx="12" cy="13" r="3.300" />
    </>
  ),
  muted: (
    <>
      <path d="M6 16.500V11a6 6 0 0 1 9-5.200M18 9.500v7H6M10 19.500a2 2 0 0 0 4 0" />
      <path d="M4 20 20 4" />
    </>
  ),
  settings: (
    <>
      <path d="M4 7h9M19 7h1M4 17h1M11 17h9" />
      <circle cx="16" cy="7" r="2.500" />
      <circle cx="8" cy="17" r="2.500" />
    </>
  ),
  search: (
    <>
      <circle cx="10.500" cy="10.500" r="6.500" />
      <path d="m15.500 15.500 5 5" />
    </>
  ),
  delete: (
    <>
      <path d="M4.500 7h15M10 11v5.500M14 11v5.500" />
      <path d="M6.500 7l.8 12a1.500 1.500 0 0 0 1.500 1.400h6.400a1.500 1.500 0 0 0 1.500-1.400l.8-12M9 7l.6-2.400a1 1 0 0 1 1-.8h2.800a1 1 0 0 1 1 .8L15 7" />
    </>
  ),
  gap: (
    <>
      <path d="M4 12h3M17 12h3" />
      <path d="M10 8v8M14 8v8" />
    </>
  ),
};

/** A drawing beside words that say the same; never the only carrier of a meaning. */
export function Icon({
  name,
  tiny = false,
  class: className = '',
}: {
  name: string;
  tiny?: boolean;
  class?: string;
}) {
  return (
    <svg
      class={`icon ${tiny ? 'tiny' : ''} ${className}`}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      {DRAWINGS[name]}
    </svg>
  );
}
