import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Announcer } from '../announcer.tsx';
import { ToastsHeard } from '../toast.tsx';
import { common } from '../words.ts';
import { giveFocusBack } from './focus.ts';
import { Icon } from './Icon.tsx';

/**
 * A native modal dialog: the browser keeps the focus inside, Escape closes it, and the focus returns
 * to where it was.
 */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  wide?: boolean;
  /** A cross in the corner, for dialogs that have no button of their own that closes them. */
  cross?: boolean;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const gone = useRef(false);
  const titleId = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    const returnTo = document.activeElement;
    element?.showModal();
    return () => {
      gone.current = true;
      element?.close();
      giveFocusBack(returnTo);
    };
  }, []);
  return (
    // A click on the backdrop closes, as people expect; the keyboard has Escape for it.
    <dialog
      ref={dialog}
      class={props.wide ? 'wide' : ''}
      aria-labelledby={titleId}
      onKeyDown={event => {
        if (event.key !== 'Escape') return;
        // It is for the dialog alone, not for what lies under it, and asks each time: pressed twice, the browser would not.
        event.stopPropagation();
        if (event.isComposing) return;
        event.preventDefault();
        props.onClose();
      }}
      onCancel={event => {
        event.preventDefault();
        props.onClose();
      }}
      onClose={event => {
        // A gesture to go back, made twice, closes it without asking: whoever wants it to stay has it again.
        const element = event.currentTarget;
        if (gone.current || event.target !== element) return;
        props.onClose();
        setTimeout(() => {
          if (!gone.current && !element.open) element.showModal();
        });
      }}
      onClick={event => {
        if (event.target === event.currentTarget && outside(event, event.currentTarget)) props.onClose();
      }}
    >
      <div class="dialog-body">
        <h2 id={titleId} class="dialog-title">
          {props.title}
        </h2>
        {props.children}
      </div>
      <ToastsHeard />
      <Announcer within />
      {props.cross && (
        <button
          type="button"
          class="icon-button dialog-cross"
          aria-label={common.close}
          onClick={props.onClose}
        >
          <Icon name="close" />
        </button>
      )}
    </dialog>
  );
}

function outside(event: MouseEvent, element: HTMLElement): boolean {
  const box = element.getBoundingClientRect();
  return (
    event.clientX < box.left ||
    event.clientX > box.right ||
    event.clientY < box.top ||
    event.clientY > box.bottom
  );
}
