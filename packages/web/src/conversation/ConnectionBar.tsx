import type { Connection } from '@sotto/client';
import { useEffect, useState } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import { isBeyondHelp } from '../lock/storageTrouble.ts';
import { Icon } from '../shapes/Icon.tsx';
import { trouble, connection as words } from '../words.ts';

/** A connection that is back within this time was never gone, to the eye. */
const PATIENCE_MS = 1_200;

/** One quiet bar when the connection is away; nothing when it is there. */
export function ConnectionBar({ view, connection }: { view: EngineView; connection: Connection }) {
  const visible = useLate(connection.state !== 'online', connection.state === 'stopped' ? 0 : PATIENCE_MS);
  return (
    <div class={visible ? `bar ${connection.state === 'stopped' ? 'bad' : ''}` : 'hidden-text'}>
      {visible && <Icon name={connection.state === 'stopped' ? 'warn' : 'offline'} tiny />}
      <span role="status" aria-label={words.label}>
        {sentence(connection, visible)}
      </span>
      {visible && connection.state === 'offline' && (
        <button type="button" class="text-button" onClick={() => view.port.reconnectNow()}>
          {words.now}
        </button>
      )}
      {visible && connection.state === 'stopped' && connection.reason !== 'rolled-back' && (
        <button type="button" class="text-button" onClick={() => void reload(view, connection)}>
          {isBeyondHelp(connection)
            ? words.startAnew
            : connection.reason === 'taken-over'
              ? words.useHere
              : words.reload}
        </button>
      )}
    </div>
  );
}

async function reload(view: EngineView, connection: Connection): Promise<void> {
  if (isBeyondHelp(connection)) await view.port.eraseDevice().catch(() => undefined);
  location.reload();
}

function sentence(connection: Connection, visible: boolean): string {
  if (connection.state === 'stopped' && connection.trouble !== undefined) return trouble(connection.trouble);
  if (connection.state === 'stopped') return words.stopped[connection.reason];
  if (connection.state === 'online' || !visible) return words.online;
  return connection.state === 'offline' ? words.offline : words.connecting;
}

/** Becomes true only once `value` has been so for a while; false at once. */
function useLate(value: boolean, delayMs: number): boolean {
  const [late, setLate] = useState(value && delayMs === 0);
  useEffect(() => {
    if (!value) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return value && late;
}
