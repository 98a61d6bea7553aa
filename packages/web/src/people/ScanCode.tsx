import { useEffect, useRef, useState } from 'preact/hooks';
import { scanning as words } from '../account/accountWords.ts';
import { Icon } from '../shapes/Icon.tsx';
import { mayHaveCamera, readCamera, readPicture, type ScanTrouble } from './readQr.ts';

/** Reads a QR code with the camera, or out of a picture. What it says is handed on, unread. */
export function ScanCode({ onText }: { onText: (text: string) => void }) {
  const [scanning, setScanning] = useState(false);
  const [trouble, setTrouble] = useState<ScanTrouble | undefined>(undefined);
  const video = useRef<HTMLVideoElement>(null);
  const picture = useRef<HTMLInputElement>(null);
  const latest = useRef(onText);
  latest.current = onText;

  useEffect(() => {
    if (!scanning || video.current === null) return;
    const stopped = new AbortController();
    readCamera(video.current, stopped.signal).then(
      text => {
        if (stopped.signal.aborted) return;
        setScanning(false);
        if (text !== undefined) latest.current(text);
      },
      error => {
        if (stopped.signal.aborted) return;
        setScanning(false);
        setTrouble(troubleOf(error));
      },
    );
    return () => stopped.abort();
  }, [scanning]);

  async function read(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    setTrouble(undefined);
    try {
      onText(await readPicture(file));
    } catch (error) {
      setTrouble(troubleOf(error));
    }
  }

  return (
    <div class="stack tight">
      {scanning && (
        <div class="stack tight">
          {/* The picture is for who can see it; what it finds is said in words. */}
          <video ref={video} class="camera" playsInline muted aria-label={words.view} />
          <p class="small muted" role="status">
            {words.looking}
          </p>
        </div>
      )}
      <div class="row wrap">
        {mayHaveCamera() && (
          <button
            type="button"
            class="button slim"
            onClick={() => {
              setTrouble(undefined);
              setScanning(!scanning);
            }}
          >
            <Icon name="camera" tiny />
            {scanning ? words.stop : words.scan}
          </button>
        )}
        <button type="button" class="button slim" onClick={() => picture.current?.click()}>
          {words.picture}
        </button>
        <input
          ref={picture}
          class="hidden-text"
          type="file"
          accept="image/*"
          tabIndex={-1}
          aria-label={words.picture}
          onChange={event => {
            void read(event.currentTarget.files?.[0]);
            event.currentTarget.value = '';
          }}
        />
      </div>
      {trouble !== undefined && (
        <p class="mistake" role="alert">
          {words.trouble[trouble]}
        </p>
      )}
    </div>
  );
}

function troubleOf(error: unknown): ScanTrouble {
  const { code } = Object(error) as { readonly code?: ScanTrouble };
  return code !== undefined && code in words.trouble ? code : 'no-camera';
}
