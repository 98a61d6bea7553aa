import { useEffect, useState } from 'preact/hooks';

export type Theme = 'system' | 'light' | 'dark';

/**
 * What a person chose for this browser. It lies there in clear: nothing here is secret, says who the person is, or is
 * about a conversation.
 */
export interface Preferences {
  readonly theme: Theme;
  readonly sounds: boolean;
  /** The line that says that nothing is locked was sent away. */
  readonly noLockTold: boolean;
}

const KEY = 'sotto.preferences';
const DEFAULTS: Preferences = { theme: 'system', sounds: true, noLockTold: false };
const listeners = new Set<() => void>();
let current: Preferences | undefined;

export function preferences(): Preferences {
  current ??= read();
  return current;
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...preferences(), ...change };
  applyTheme(current.theme);
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // A browser that keeps nothing: the choice holds for this page.
  }
  for (const listener of listeners) listener();
}

export function usePreferences(): Preferences {
  const [value, setValue] = useState(preferences);
  useEffect(() => {
    const update = (): void => setValue(preferences());
    update();
    listeners.add(update);
    return () => void listeners.delete(update);
  }, []);
  return value;
}

/** Sets the theme that was chosen; `system` leaves it to the browser. */
export function applyTheme(theme: Theme = preferences().theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function read(): Preferences {
  try {
    return parse(JSON.parse(localStorage.getItem(KEY) ?? '{}'));
  } catch {
    return DEFAULTS;
  }
}

/** Whatever stands in the storage may be old or another's: only what fits is taken. */
function parse(stored: unknown): Preferences {
  if (typeof stored !== 'object' || stored === null) return DEFAULTS;
  const { theme, sounds, noLockTold } = stored as Record<string, unknown>;
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : DEFAULTS.theme,
    sounds: typeof sounds === 'boolean' ? sounds : DEFAULTS.sounds,
    noLockTold: noLockTold === true,
  };
}
