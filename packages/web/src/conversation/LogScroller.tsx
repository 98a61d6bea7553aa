import type { ComponentChildren, Ref } from 'preact';
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { RowHeights } from './rowHeights.ts';

/** Where a row should come to stand: at the top of the view, in its middle, or just inside it. */
export type Align = 'start' | 'center' | 'nearest';

/** A place in the log that survives redrawing: a row, and how far its lower edge is above that of the view. */
export interface Anchor {
  readonly key: string;
  readonly gapPx: number;
}

export interface LogHandle {
  focus(): void;
  scrollToEnd(): void;
  /** Brings a row into view, drawing it first if need be; with `focus`, its article gets the focus. */
  scrollToKey(key: string, align: Align, options?: { readonly focus?: boolean }): void;
  /** Undefined at the end of the log. */
  anchor(): Anchor | undefined;
}

interface Row {
  readonly key: string;
}

interface Target {
  readonly key: string;
  readonly align: Align | Anchor;
  readonly focus: boolean;
}

const ROW_ESTIMATE_PX = 52;
/** Drawn above and below what is in view. */
const OVERSCAN_PX = 700;
/** So narrow that a bubble's buttons have no room beside it. */
const NARROW_PX = 560;
/** This close to the end counts as being there: new messages keep the end in view. */
const AT_END_PX = 24;
/** With so few drawn rows left above or below, older or newer ones are asked for. */
const ROWS_LEFT_BEFORE_MORE = 12;

/**
 * A log of any length with few rows in the page. It scrolls from its end: the scroller is a column in
 * reverse with one child, so that `scrollTop` is 0 at the newest row and negative above, and rows that
 * come or grow above the view move nothing. What changes below the view is balanced against an anchor
 * row before the browser paints.
 */
export function LogScroller<R extends Row>(props: {
  label: string;
  rows: readonly R[];
  drawRow: (index: number) => ComponentChildren;
  handle: Ref<LogHandle>;
  start: Anchor | { readonly key: string; readonly align: Align } | undefined;
  onAtEnd: (atEnd: boolean) => void;
  onNearStart: () => void;
  /** There are newer rows that are not here yet: the last one is not the end, and what comes behind it moves nothing. */
  endIsOpen: boolean;
  onNearEnd: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
  /** Stands before the first row: the beginning, or that older rows are coming. */
  head: ComponentChildren;
  children?: ComponentChildren;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [heights] = useState(() => new RowHeights(ROW_ESTIMATE_PX));
  /** The band of the log that is drawn, as distances from its end. */
  const [band, setBand] = useState({ nearPx: -OVERSCAN_PX, farPx: 2 * OVERSCAN_PX });
  /** The same, for what outlives a drawing. */
  const drawnBand = useRef(band);
  drawnBand.current = band;
  const [, redraw] = useState(0);
  const anchor = useRef<Anchor | undefined>(undefined);
  /** Where the log was scrolled to when the anchor was taken. */
  const anchoredAtPx = useRef(0);
  const target = useRef<Target | undefined>(props.start && asTarget(props.start));
  const focusedKey = useRef<string | undefined>(undefined);
  const atEnd = useRef(true);
  const observer = useRef<ResizeObserver | undefined>(undefined);
  /** The rows that the observer knows. */
  const observed = useRef<ReadonlySet<Element>>(new Set());
  const saidWidthPx = useRef<number | undefined>(undefined);
  const endIsOpen = useRef(props.endIsOpen);
  endIsOpen.current = props.endIsOpen;

  const { rows } = props;
  heights.setRows(rows);
  const heirs = useRef<readonly string[]>([]);
  heirs.current = heirsOfFocus();
  const wanted = target.current && heights.indexOf(target.current.key);
  const centre = wanted === undefined ? anchorOutside() : heights.lowerEdge(wanted);
  const { first, last } =
    centre === undefined
      ? heights.rowsBetween(band.nearPx, band.farPx)
      : heights.rowsBetween(centre - 2 * OVERSCAN_PX, centre + 2 * OVERSCAN_PX);

  /** Where the focus goes when its row does, while that row still stands in the page: the rows below it, then above. */
  function heirsOfFocus(): readonly string[] {
    const row = document.activeElement?.closest<HTMLElement>('.log-row');
    const key = row?.dataset.key;
    if (!row || key === undefined || heights.indexOf(key) !== undefined) return [];
    const drawn = [...(content.current?.children ?? [])];
    const at = drawn.indexOf(row);
    const keyed = [...drawn.slice(at + 1), ...drawn.slice(0, Math.max(0, at)).reverse()];
    return keyed.flatMap(child => (child instanceof HTMLElement ? (child.dataset.key ?? []) : []));
  }

  /** Where the anchor is now, when so much came below the view that it is no longer among what would be drawn. */
  function anchorOutside(): number | undefined {
    const index = anchor.current && heights.indexOf(anchor.current.key);
    if (index === undefined || atEnd.current) return undefined;
    const edge = heights.lowerEdge(index);
    return edge < band.nearPx || edge > band.farPx ? edge : undefined;
  }

  function rowElement(key: string): HTMLElement | undefined {
    for (const child of content.current?.children ?? [])
      if (child instanceof HTMLElement && child.dataset.key === key) return child;
    return undefined;
  }

  /** The anchor is the row at the lower edge of the view, where the eye of a reader of a log rests. */
  function takeAnchor(): void {
    const view = scroller.current;
    if (view === null) return;
    const distancePx = -view.scrollTop;
    const isAtEnd = !endIsOpen.current && distancePx <= AT_END_PX;
    if (isAtEnd !== atEnd.current) {
      atEnd.current = isAtEnd;
      props.onAtEnd(isAtEnd);
    }
    anchor.current = undefined;
    anchoredAtPx.current = view.scrollTop;
    if (isAtEnd) return;
    const viewBottom = view.getBoundingClientRect().bottom;
    const drawn = content.current?.children ?? [];
    for (let i = drawn.length - 1; i >= 0; i--) {
      const child = drawn[i];
      if (!(child instanceof HTMLElement) || child.dataset.key === undefined) continue;
      const box = child.getBoundingClientRect();
      if (box.top >= viewBottom) continue;
      anchor.current = { key: child.dataset.key, gapPx: viewBottom - box.bottom };
      return;
    }
  }

  function holdAnchor(): void {
    const view = scroller.current;
    if (view === null) return;
    if (atEnd.current) {
      if (view.scrollTop !== 0) view.scrollTop = 0;
      return;
    }
    // Somebody has scrolled, and the browser has not said so yet: that is not to be undone.
    if (Math.abs(view.scrollTop - anchoredAtPx.current) > 1) return;
    const row = anchor.current && rowElement(anchor.current.key);
    if (anchor.current === undefined || row === undefined) return;
    const gapPx = view.getBoundingClientRect().bottom - row.getBoundingClientRect().bottom;
    if (Math.abs(gapPx - anchor.current.gapPx) >= 1) view.scrollTop -= gapPx - anchor.current.gapPx;
  }

  function goToTarget(): void {
    const view = scroller.current;
    const { current } = target;
    const row = current && rowElement(current.key);
    if (view === null || current === undefined || row === undefined) return;
    target.current = undefined;
    const viewBox = view.getBoundingClientRect();
    const box = row.getBoundingClientRect();
    view.scrollTop += scrollBy(viewBox, box, current.align);
    atEnd.current = !endIsOpen.current && -view.scrollTop <= AT_END_PX;
    props.onAtEnd(atEnd.current);
    if (current.focus) row.querySelector<HTMLElement>('article')?.focus({ preventScroll: true });
  }

  /** Draws other rows once the view comes near the edge of what is drawn. */
  function followView(): void {
    const view = scroller.current;
    if (view === null) return;
    const nearPx = -view.scrollTop;
    const farPx = nearPx + view.clientHeight;
    const { current } = drawnBand;
    const covered = nearPx - OVERSCAN_PX / 2 >= current.nearPx || current.nearPx <= 0;
    if (!covered || farPx + OVERSCAN_PX / 2 > current.farPx || nearPx - 2 * OVERSCAN_PX > current.nearPx)
      setBand({ nearPx: nearPx - OVERSCAN_PX, farPx: farPx + OVERSCAN_PX });
  }

  /** Says its width to the style sheet. */
  function sayWidth(): void {
    const view = scroller.current;
    if (view === null || view.offsetWidth === saidWidthPx.current) return;
    saidWidthPx.current = view.offsetWidth;
    view.style.setProperty('--log-width', `${view.offsetWidth}px`);
    view.toggleAttribute('data-narrow', view.offsetWidth <= NARROW_PX);
  }

  function measureRows(): void {
    for (const child of content.current?.children ?? [])
      if (child instanceof HTMLElement && child.dataset.key !== undefined)
        heights.measure(child.dataset.key, child.offsetHeight);
  }

  function passOnFocus(): void {
    if (heirs.current.length === 0) return;
    // Somebody else may have taken it.
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    const articles = heirs.current.map(key => rowElement(key)?.querySelector<HTMLElement>('article'));
    articles.find(article => article)?.focus({ preventScroll: true });
  }

  /** Only what came and went: whatever is observed anew is measured once more after the next layout. */
  function observeRows(): void {
    const seen = observer.current;
    if (seen === undefined) return;
    const drawn = new Set<Element>(content.current?.children ?? []);
    for (const child of observed.current) if (!drawn.has(child)) seen.unobserve(child);
    for (const child of drawn) if (!observed.current.has(child)) seen.observe(child);
    observed.current = drawn;
  }

  useLayoutEffect(() => {
    sayWidth();
    measureRows();
    if (target.current !== undefined) goToTarget();
    else holdAnchor();
    takeAnchor();
    followView();
    observeRows();
    passOnFocus();
    const lostFocus = focusedKey.current !== undefined && rowElement(focusedKey.current) === undefined;
    if (lostFocus && (document.activeElement === null || document.activeElement === document.body)) {
      focusedKey.current = undefined;
      scroller.current?.focus({ preventScroll: true });
    }
  });

  useEffect(() => {
    const seen = new ResizeObserver(() => {
      sayWidth();
      measureRows();
      holdAnchor();
      takeAnchor();
      followView();
    });
    observer.current = seen;
    if (scroller.current !== null) seen.observe(scroller.current);
    observeRows();
    return () => seen.disconnect();
  }, []);

  const { onNearStart, onNearEnd } = props;
  useEffect(() => {
    if (first < ROWS_LEFT_BEFORE_MORE) onNearStart();
  }, [first, rows, onNearStart]);
  useEffect(() => {
    if (last > rows.length - ROWS_LEFT_BEFORE_MORE) onNearEnd();
  }, [last, rows, onNearEnd]);

  useImperativeHandle(
    props.handle,
    () => ({
      focus: () => scroller.current?.focus({ preventScroll: true }),
      scrollToEnd() {
        target.current = undefined;
        atEnd.current = true;
        anchor.current = undefined;
        if (scroller.current !== null) scroller.current.scrollTop = 0;
        props.onAtEnd(true);
        redraw(count => count + 1);
      },
      scrollToKey(key, align, options) {
        target.current = { key, align, focus: options?.focus ?? false };
        redraw(count => count + 1);
      },
      anchor: () => anchor.current,
    }),
    [],
  );

  return (
    <div
      ref={scroller}
      class="log"
      role="log"
      aria-live="off"
      aria-label={props.label}
      tabIndex={-1}
      onScroll={() => {
        takeAnchor();
        followView();
      }}
      onKeyDown={props.onKeyDown}
      onFocusIn={event => {
        const row = event.target instanceof Element ? event.target.closest<HTMLElement>('.log-row') : null;
        focusedKey.current = row?.dataset.key;
      }}
      onFocusOut={() => {
        if (document.hasFocus()) focusedKey.current = undefined;
      }}
    >
      <div ref={content} class="log-content">
        {first === 0 && props.head}
        <div
          class="log-space"
          style={{ height: `${rows.length === 0 ? 0 : heights.totalPx - heights.upperEdge(first)}px` }}
        />
        {rows.slice(first, last).map((_, i) => props.drawRow(first + i))}
        <div
          class="log-space"
          style={{ height: `${last >= rows.length ? 0 : heights.lowerEdge(last - 1)}px` }}
        />
        {props.children}
      </div>
    </div>
  );
}

function asTarget(start: Anchor | { readonly key: string; readonly align: Align }): Target {
  return { key: start.key, align: 'align' in start ? start.align : start, focus: false };
}

/** By how much to move so that the box stands where it should. */
function scrollBy(view: DOMRect, box: DOMRect, align: Align | Anchor): number {
  const margin = 12;
  if (typeof align === 'object') return box.bottom + align.gapPx - view.bottom;
  if (align === 'start') return box.top - view.top - margin;
  if (align === 'center') return (box.top + box.bottom - view.top - view.bottom) / 2;
  if (box.top < view.top + margin) return box.top - view.top - margin;
  if (box.bottom > view.bottom - margin) return box.bottom - view.bottom + margin;
  return 0;
}
