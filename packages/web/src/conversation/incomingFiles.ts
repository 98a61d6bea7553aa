import { useEffect, useRef, useState } from 'preact/hooks';

/** Told of files that a person pastes into the page or drops onto it; `folders` counts what is no file. */
export type TakeFiles = (files: readonly File[], folders: number) => void;

/** Takes files from the clipboard and from elsewhere on the screen. Returns whether some are held over the page. */
export function useIncomingFiles(take: TakeFiles | undefined): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(take);
  latest.current = take;
  const wanted = take !== undefined;
  useEffect(() => {
    if (!wanted) return;
    // Each element tells of what enters and leaves it: over the page as long as one was entered and not left.
    let depth = 0;
    const set = (next: number): void => {
      depth = Math.max(0, next);
      setOver(depth > 0);
    };
    const on: Partial<{ [K in keyof WindowEventMap]: (event: WindowEventMap[K]) => void }> = {
      dragenter: event => holdsFiles(event) && set(depth + 1),
      dragleave: event => holdsFiles(event) && set(depth - 1),
      dragover(event) {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        if (event.dataTransfer !== null) event.dataTransfer.dropEffect = dialogOpen() ? 'none' : 'copy';
      },
      drop(event) {
        if (!holdsFiles(event)) return;
        // Otherwise the browser would go to the file and leave the chat.
        event.preventDefault();
        set(0);
        const items = [...(event.dataTransfer?.items ?? [])].filter(({ kind }) => kind === 'file');
        const files = items.filter(item => item.webkitGetAsEntry?.()?.isDirectory !== true);
        const found = files.flatMap(item => item.getAsFile() ?? []);
        if (!dialogOpen()) latest.current?.(found, items.length - files.length);
      },
      paste(event) {
        const files = [...(event.clipboardData?.files ?? [])];
        // A table or a passage carries its picture along: its words are meant.
        if (files.length === 0 || event.clipboardData?.types.includes('text/plain') || dialogOpen()) return;
        if (writesElsewhere(event.target)) return;
        event.preventDefault();
        latest.current?.(files, 0);
      },
    };
    const listeners = Object.entries(on) as [string, EventListener][];
    for (const [type, listener] of listeners) window.addEventListener(type, listener);
    return () => {
      for (const [type, listener] of listeners) window.removeEventListener(type, listener);
    };
  }, [wanted]);
  return over;
}

function holdsFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') === true;
}

function dialogOpen(): boolean {
  return document.querySelector('dialog[open]') !== null;
}

function writesElsewhere(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement) || target.closest('.composer, .takes-files') !== null) return false;
  return target.isContentEditable || target.matches('input, textarea, select');
}
