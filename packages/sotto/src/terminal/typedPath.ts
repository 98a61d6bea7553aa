import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const MOST_OFFERED = 100;

/** A path as a person types it, or as a file manager drops it: in quotes, with `\ ` for a blank, with `~` for home. */
export function typedPath(text: string): string {
  const typed = text.trim();
  const quoted = /^'(.*)'$|^"(.*)"$/s.exec(typed);
  const path = quoted?.[1] ?? quoted?.[2] ?? typed.replace(/\\(?=[\s'"()&\\])/g, '');
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/** What a path that was begun can become; folders end in `/`. */
export function pathsFrom(begun: string): readonly string[] {
  try {
    const isFolder = begun === '' || begun.endsWith('/');
    const folder = isFolder ? typedPath(begun || '.') : dirname(typedPath(begun));
    const name = isFolder ? '' : basename(begun);
    const kept = begun.slice(0, begun.length - name.length);
    return readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.name.startsWith(name) && (name !== '' || !entry.name.startsWith('.')))
      .slice(0, MOST_OFFERED)
      .map(entry => `${kept}${entry.name}${entry.isDirectory() ? '/' : ''}`);
  } catch {
    return [];
  }
}
