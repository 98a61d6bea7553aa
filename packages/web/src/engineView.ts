import type { EngineEvent, EnginePort, EngineState, RoomId, RoomView } from '@sotto/client';
import { useEffect, useLayoutEffect, useReducer } from 'preact/hooks';
import { applyChange, EMPTY_TIMELINE, type Timeline } from './timeline.ts';

export type Notice = Extract<EngineEvent, { type: 'notice' }>;

/** What the engine has said so far, for the screens to draw. One per window; holds no rules of its own. */
export class EngineView {
  #state: EngineState | undefined;
  readonly #timelines = new Map<RoomId, Timeline>();
  readonly #watchers = new Set<() => void>();
  readonly #noticed = new Set<(notice: Notice) => void>();
  readonly #unsubscribe: () => void;

  constructor(readonly port: EnginePort) {
    this.#unsubscribe = port.subscribe(event => this.#take(event));
  }

  /** Undefined until the engine has opened its store. */
  get state(): EngineState | undefined {
    return this.#state;
  }

  timeline(roomId: RoomId): Timeline {
    return this.#timelines.get(roomId) ?? EMPTY_TIMELINE;
  }

  /** Called after every change; returns how to stop. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** For sound and notification. */
  onNotice(listener: (notice: Notice) => void): () => void {
    this.#noticed.add(listener);
    return () => this.#noticed.delete(listener);
  }

  /** Resolves once a state holds what is asked for. */
  until<T>(pick: (state: EngineState) => T | undefined): Promise<T> {
    return new Promise(resolve => {
      const stop = this.watch(check);
      const view = this;
      function check(): void {
        const found = view.state && pick(view.state);
        if (found === undefined) return;
        stop();
        resolve(found);
      }
      check();
    });
  }

  close(): Promise<void> {
    this.#unsubscribe();
    this.#watchers.clear();
    return this.port.close();
  }

  #take(event: EngineEvent): void {
    if (event.type === 'notice') {
      for (const listener of this.#noticed) listener(event);
      return;
    }
    if (event.type === 'state') {
      this.#state = event.state;
      const rooms = new Set(event.state.rooms.map(room => room.roomId));
      for (const roomId of this.#timelines.keys()) if (!rooms.has(roomId)) this.#timelines.delete(roomId);
    } else if (event.type === 'timeline')
      this.#timelines.set(event.roomId, applyChange(this.timeline(event.roomId), event));
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** Draws again whenever what `read` gives is another value. */
function useWatched<T>(view: EngineView | undefined, read: () => T): T {
  const [, redraw] = useReducer<number, void>(count => count + 1, 0);
  const value = read();
  useLayoutEffect(() => {
    if (view === undefined) return;
    let seen = value;
    const check = (): void => {
      const now = read();
      if (now === seen) return;
      seen = now;
      redraw();
    };
    check();
    return view.watch(check);
  });
  return value;
}

export function useEngineState(view: EngineView | undefined): EngineState | undefined {
  return useWatched(view, () => view?.state);
}

export function useRoom(view: EngineView, roomId: RoomId | undefined): RoomView | undefined {
  return useWatched(view, () => view.state?.rooms.find(room => room.roomId === roomId));
}

/** The room's log, at first around a place of it; kept coming for as long as the component stands. */
export function useTimeline(view: EngineView, roomId: RoomId, around?: number): Timeline {
  useEffect(() => {
    view.port.openTimeline(roomId, around).catch(() => undefined);
    return () => void view.port.closeTimeline(roomId).catch(() => undefined);
  }, [view, roomId]);
  return useWatched(view, () => view.timeline(roomId));
}
