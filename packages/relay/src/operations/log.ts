import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import pino from 'pino';

/** Facts that may stand in a log: codes and counts. */
export type LogFacts = Readonly<Record<string, string | number | boolean>>;

export interface RelayLog {
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  error(event: string, facts?: LogFacts): void;
  close(): void;
}

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** A file; it is kept once as `.1` when it has grown beyond 5 MiB at a start. */
  readonly path: string;
}

const MAX_LOG_BYTES = 5 * 1_048_576;

/** What must never be in a log, if a fact should ever carry such a name. */
const REDACTED = [
  'token',
  'inviteToken',
  'payload',
  'fragment',
  'secret',
  'password',
  'address',
  'remoteAddress',
  'url',
  'name',
  'handle',
  'invitationCode',
  'ticket',
  'serverSetup',
  'bundle',
];

/** A log of JSON lines, for its owner only: no process id, no host name, no addresses. */
export function openLog({ level, path }: LogOptions): RelayLog {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  const destination = pino.destination({ dest: path, mode: 0o600, sync: true });
  const logger = pino({ level, base: null, redact: { paths: REDACTED, remove: true } }, destination);
  return {
    info: (event, facts = {}) => logger.info({ event, ...facts }),
    warn: (event, facts = {}) => logger.warn({ event, ...facts }),
    error: (event, facts = {}) => logger.error({ event, ...facts }),
    close: () => destination.end(),
  };
}

/** Where an error comes from, without its message: that may quote what must not be logged. */
export function errorFacts(error: unknown): LogFacts {
  if (!(error instanceof Error)) return { errorName: typeof error };
  // The stack begins with the message, which may look like anything, also like a frame.
  const { stack = '', message } = error;
  const frames = stack
    .slice(stack.indexOf(message) + message.length)
    .split('\n')
    .filter(line => line.startsWith('    at '));
  const code = (error as { code?: unknown }).code;
  return {
    errorName: error.name,
    ...(typeof code === 'string' && { errorCode: code }),
    at: frames.slice(0, 6).join('\n'),
  };
}
