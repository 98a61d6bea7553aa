import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Brand } from '../shapes/Brand.tsx';

/** Whether a screen stood here before: the first one leaves the focus where the browser put it. */
let shownBefore = false;

/** The frame of every screen before the chat: the mark, a heading that takes the focus when the screen changes. */
export function DoorScreen(props: {
  title: string;
  centred?: boolean;
  children: ComponentChildren;
  lead?: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (shownBefore) heading.current?.focus({ preventScroll: true });
    shownBefore = true;
  }, []);
  return (
    <main class={`door ${props.centred ? 'centred' : ''}`}>
      <div>
        <Brand />
      </div>
      <div>
        <h1 ref={heading} tabIndex={-1} class="door-title">
          {props.title}
        </h1>
        {props.lead}
      </div>
      {props.children}
    </main>
  );
}
