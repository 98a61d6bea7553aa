import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { LetterFile } from './services.ts';

type Module = typeof import('./letterFiles.ts');
interface Loaded {
  readonly module: Module;
  readonly letter: InstanceType<Module['LetterFiles']>;
}

/** What the page knows of the files that go with a message. */
interface Attached {
  readonly count: number;
  /** Why they cannot go now; empty where they can. */
  trouble(): string;
  /** How many and how large, for the receipt. */
  readonly said: string | undefined;
  add(files: readonly File[], folders: number): Promise<void>;
  /** As they go; `undefined` where one cannot be read any more. */
  read(): Promise<readonly LetterFile[] | undefined>;
  view(props: { sending: boolean; onEmptied: () => void }): ComponentChildren;
}

const NONE: readonly LetterFile[] = [];

/** The files of a message. Their code is loaded with the first one; `notLoaded` is called where it cannot be had. */
export function useLetterFiles(on: {
  readonly changed: () => void;
  readonly notLoaded: () => void;
}): Attached {
  const [loaded, setLoaded] = useState<Loaded | undefined>(undefined);
  const [state, setState] = useState({ count: 0, ready: true });
  const loading = useRef<Promise<Loaded> | undefined>(undefined);

  async function load(): Promise<Loaded> {
    const module = await import('./letterFiles.ts');
    const whole = { module, letter: new module.LetterFiles() };
    setLoaded(whole);
    return whole;
  }

  const letter = loaded?.letter;
  return {
    count: state.count,
    trouble: () => letter?.trouble ?? '',
    said: state.count === 0 ? undefined : letter?.said,
    async add(files, folders) {
      loading.current ??= load();
      try {
        (await loading.current).letter.tray.add(files, folders);
      } catch {
        loading.current = undefined;
        on.notLoaded();
      }
    },
    read: async () =>
      letter === undefined || state.count === 0 ? NONE : letter.read().catch(() => undefined),
    view: props =>
      loaded && (
        <loaded.module.TrayView
          tray={loaded.letter.tray}
          sending={props.sending}
          onState={next => {
            setState(next);
            on.changed();
          }}
          onEmptied={props.onEmptied}
          counted={loaded.letter.counted}
        />
      ),
  };
}
