import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { giveFocusBack } from '../shapes/focus.ts';
import { Icon } from '../shapes/Icon.tsx';
import { common } from '../words.ts';

/**
 * What opens beside the conversation: a column where there is room, over it where there is not.
 * It takes the focus when it opens or shows something else, and gives it back when it closes.
 */
export function SidePanel(props: {
  title: string;
  onClose: () => void;
  focusKey: string;
  children: ComponentChildren;
}) {
  const title = useRef<HTMLHeadingElement>(null);
  const panel = useRef<HTMLElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const returnTo = document.activeElement;
    title.current?.focus({ preventScroll: true });
    return () => {
      const focusIsHere =
        panel.current?.contains(document.activeElement) || document.activeElement === document.body;
      if (focusIsHere) giveFocusBack(returnTo);
    };
  }, [props.focusKey]);
  return (
    <aside
      ref={panel}
      class="panel"
      aria-labelledby={id}
      onKeyDown={event => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        props.onClose();
      }}
    >
      <div class="panel-head">
        <h2 id={id} ref={title} tabIndex={-1} class="grow">
          {props.title}
        </h2>
        <button
          type="button"
          class="icon-button"
          aria-label={common.close}
          title={`${common.close} (Esc)`}
          onClick={props.onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="panel-body">{props.children}</div>
    </aside>
  );
}
