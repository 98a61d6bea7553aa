/**
 * A `ref` for what comes in place of something that had the focus: takes it over when it would be lost, and leaves
 * it where it is otherwise.
 */
export function focusIfLost(element: HTMLElement | null): void {
  if (element !== null && document.activeElement === document.body) element.focus({ preventScroll: true });
}

/**
 * Gives the focus back to what had it, once the page is redrawn: while something is being taken away, what lies
 * under it may still be inert or hidden.
 */
export function giveFocusBack(to: Element | null): void {
  queueMicrotask(() => {
    if (to instanceof HTMLElement && to.isConnected) to.focus({ preventScroll: true });
  });
}
