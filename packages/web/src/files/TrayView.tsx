import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import { focusIfLost } from '../shapes/focus.ts';
import { Icon } from '../shapes/Icon.tsx';
import { fileSize } from './fileHeard.ts';
import { fileKind, plainName, shortName } from './fileName.ts';
import { files as words } from './fileWords.ts';
import { KindIcon } from './KindIcon.tsx';
import { useObjectUrl } from './objectUrl.ts';
import { type Chosen, madeOf, type Tray } from './tray.ts';

const NAME_CHARS = 34;

/** What the place to write has to know of what lies in the tray. */
export interface TrayState {
  readonly count: number;
  readonly ready: boolean;
}

/** What will be sent, above where one writes; each can be taken out or sent unchanged. */
export function TrayView(props: {
  tray: Tray;
  /** It is on its way out: nothing of it can be changed any more. */
  sending: boolean;
  onState: (state: TrayState) => void;
  /** The last one was taken out: the focus has to go somewhere. */
  onEmptied: () => void;
  /** What is said above them, where it is not what is said in a conversation. */
  counted?: (tray: Tray) => string;
}) {
  const { tray } = props;
  const [, redraw] = useReducer<number, void>(count => count + 1, 0);
  useLayoutEffect(() => tray.watch(redraw), [tray]);
  const { chosen, refused, ready } = tray;
  useLayoutEffect(() => props.onState({ count: chosen.length, ready }), [chosen.length, ready]);
  // Another conversation has another tray.
  useEffect(() => () => props.onState({ count: 0, ready: false }), []);
  const list = useRef<HTMLUListElement>(null);

  function remove(one: Chosen): void {
    const at = chosen.indexOf(one);
    tray.remove(one.id);
    announce(words.removed(one.file.name));
    if (chosen.length === 1) props.onEmptied();
    else
      queueMicrotask(() => {
        const left = list.current?.querySelectorAll<HTMLElement>('.tray-remove') ?? [];
        focusIfLost(left[Math.min(at, left.length - 1)] ?? null);
      });
  }

  return (
    <>
      {refused.length > 0 && (
        <div class="tray-refused">
          <div class="grow" role="alert">
            {refused.map(sentence => (
              <p key={sentence} class="small">
                {sentence}
              </p>
            ))}
          </div>
          <button
            type="button"
            class="icon-button"
            aria-label={words.dismiss}
            onClick={() => {
              tray.dismiss();
              if (chosen.length === 0) props.onEmptied();
            }}
          >
            <Icon name="close" tiny />
          </button>
        </div>
      )}
      {chosen.length > 0 && (
        <div class="tray">
          <p class="small muted" role="status">
            {props.counted?.(tray) ?? words.count(chosen.length)}
          </p>
          <ul ref={list} class="tray-list" aria-label={words.tray}>
            {chosen.map(one => (
              <li key={one.id} class="tray-item">
                <TrayItem
                  one={one}
                  sending={props.sending}
                  onAsFile={on => tray.setAsFile(one.id, on)}
                  onRemove={() => remove(one)}
                />
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function TrayItem(props: {
  one: Chosen;
  sending: boolean;
  onAsFile: (asFile: boolean) => void;
  onRemove: () => void;
}) {
  const { one, sending } = props;
  const { file, picture } = one;
  const made = madeOf(one);
  return (
    <>
      <Preview one={one} />
      <div class="grow">
        <div class="tray-name" title={plainName(file.name)}>
          <bdi class="strong">{shortName(file.name, NAME_CHARS)}</bdi>{' '}
          <span class="small muted unbroken">{fileSize(made?.blob.size ?? file.size)}</span>
        </div>
        {picture === 'looking' && <p class="small muted">{words.looking}</p>}
        {typeof picture === 'string' && picture !== 'looking' && (
          <p class="small muted">{words.notRemade[picture]}</p>
        )}
        {typeof picture === 'object' && (
          <label class="check small tray-as-file">
            <input
              type="checkbox"
              checked={one.asFile}
              disabled={sending}
              onChange={event => props.onAsFile(event.currentTarget.checked)}
            />
            <span>{words.asFile}</span>
            <span class="small muted">{one.asFile ? words.asFileHint : words.remadeHint}</span>
          </label>
        )}
      </div>
      <button
        type="button"
        class="icon-button tray-remove"
        aria-label={words.remove(file.name)}
        disabled={sending}
        onClick={props.onRemove}
      >
        <Icon name="close" tiny />
      </button>
    </>
  );
}

function Preview({ one }: { one: Chosen }) {
  const { picture } = one;
  const thumbnail = typeof picture === 'object' ? picture.thumbnail : undefined;
  const blob = useMemo(() => thumbnail && new Blob([thumbnail.slice()], { type: 'image/jpeg' }), [thumbnail]);
  const url = useObjectUrl(blob);
  return (
    <span class="tray-preview">
      {url === undefined ? <KindIcon kind={fileKind(one.file.name)} /> : <img src={url} alt="" />}
    </span>
  );
}
