import type { Connection } from '@sotto/client';

/** Whether what this device kept can never be read again: keys or records are gone. */
export function isBeyondHelp(connection: Connection): boolean {
  if (connection.state !== 'stopped') return false;
  return connection.trouble === 'KEYS_LOST' || connection.trouble === 'STORAGE_LOST';
}
