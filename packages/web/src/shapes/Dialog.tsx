import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { giveFocusBack } from './focus.ts';

/**
 * A native modal dialog: the browser keeps the focus inside, Escape closes it, and the focus returns
 * to where it was.
 */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  wide?: boolean;
  titleHidden?: boolean;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    const returnTo = document.activeElement;
    element?.showModal();
    return () => {
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
        // Escape is for the dialog alone, not for what lies under it.
        if (event.key === 'Escape') event.stopPropagation();
      }}
      onCancel={event => {
        event.preventDefault();
        props.onClose();
      }}
      onClick={event => {
        if (event.target === event.currentTarget && outside(event, event.currentTarget)) props.onClose();
      }}
    >
      <div class="dialog-body">
        <h2 id={titleId} class={props.titleHidden ? 'hidden-text' : 'dialog-title'}>
          {props.title}
        </h2>
        {props.children}
      </div>
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
