import type { RoomId, ServerSaw } from '@sotto/client';
import { useEffect, useState } from 'preact/hooks';
import { Cipher } from '../conversation/Cipher.tsx';
import { fileLine } from '../conversation/fileSaid.ts';
import type { MessageItem } from '../conversation/MessageRow.tsx';
import { SidePanel } from '../conversation/SidePanel.tsx';
import type { EngineView } from '../engineView.ts';
import { clockTimeExact } from '../when.ts';
import { common, listNames } from '../words.ts';
import { saw } from './sawWords.ts';

const SHOWN_BYTES = 32;

/** The ciphertext of one message and what else the server learnt of it. It teaches, and it proves. */
export function ServerSawPanel(props: {
  view: EngineView;
  roomId: RoomId;
  item: MessageItem;
  onClose: () => void;
}) {
  const { view, roomId, item } = props;
  const [fact, setFact] = useState<ServerSaw | 'loading' | 'gone'>('loading');
  const sendState = item.send?.state;
  // Asked again when the message moves on: its number and time come with "Sent".
  useEffect(() => {
    let current = true;
    view.port.serverSaw(roomId, item.messageId).then(
      found => current && setFact(found),
      () => current && setFact('gone'),
    );
    return () => {
      current = false;
    };
  }, [view, roomId, item.messageId, sendState]);

  return (
    <SidePanel title={saw.title} onClose={props.onClose} focusKey={item.key}>
      <p class="small muted saw-of">{saw.of(fileLine(item.file, item.text))}</p>
      {fact === 'loading' && <p class="small muted">{saw.loading}</p>}
      {fact === 'gone' && <p class="small">{saw.failed}</p>}
      {typeof fact === 'object' && <Facts fact={fact} />}
    </SidePanel>
  );
}

function Facts({ fact }: { fact: ServerSaw }) {
  const names = fact.recipients.map(({ name }) => name || common.someone);
  return (
    <>
      <Bytes bytes={fact.ciphertext} sizeBytes={fact.sizeBytes} />
      <dl class="facts">
        <dt>{saw.size}</dt>
        <dd>{saw.sizeFact(fact.sizeBytes, fact.writtenBytes)}</dd>
        <dt>{saw.time}</dt>
        <dd>{fact.receivedAtMs === undefined ? saw.notYet : clockTimeExact(fact.receivedAtMs)}</dd>
        <dt>{saw.for}</dt>
        <dd>
          {saw.forFact(fact.recipients.length)}
          {names.length > 0 && <div class="muted">{saw.forHere(listNames(names))}</div>}
        </dd>
        {fact.seq !== undefined && (
          <>
            <dt>{saw.number}</dt>
            <dd>{fact.seq}</dd>
          </>
        )}
        <dt>{saw.epoch}</dt>
        <dd title={saw.epochHint}>{fact.epoch}</dd>
        <dt>{saw.cipher}</dt>
        <dd>
          <Cipher suite={fact.suite} />
        </dd>
      </dl>
      <p class="small muted">{saw.explain}</p>
    </>
  );
}

/** The first bytes, then as many as this device keeps; how many more there were is said. */
function Bytes({ bytes, sizeBytes }: { bytes: Uint8Array; sizeBytes: number }) {
  const [more, setMore] = useState(false);
  const shown = more ? bytes : bytes.subarray(0, SHOWN_BYTES);
  return (
    <figure class="hex" aria-label={saw.bytes}>
      <code>{hexPairs(shown)}</code>
      {sizeBytes > shown.length && <div>{saw.more(sizeBytes - shown.length)}</div>}
      {bytes.length > SHOWN_BYTES && (
        <button type="button" class="text-button" aria-expanded={more} onClick={() => setMore(now => !now)}>
          {more ? saw.fewer : saw.showMore}
        </button>
      )}
    </figure>
  );
}

/** `8f 1d c2 …`: pairs that wrap as words do. */
function hexPairs(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ');
}
