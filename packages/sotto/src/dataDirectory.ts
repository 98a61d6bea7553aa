import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** What of the environment decides where Sotto keeps its data. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

const here = (): Surroundings => ({ platform: process.platform, env: process.env, home: homedir() });

/**
 * The folder for the relay's database, certificate and settings: `SOTTO_HOME`, else what the system's custom is
 * (XDG Base Directory on Linux, Application Support on macOS, LocalAppData on Windows).
 */
export function dataDirectory({ platform, env, home }: Surroundings = here()): string {
  if (env.SOTTO_HOME) return resolve(env.SOTTO_HOME);
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Sotto');
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'Sotto');
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'sotto');
}
