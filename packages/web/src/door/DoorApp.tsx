import type { EngineState, RoomId } from '@sotto/client';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Announcer } from '../announcer.tsx';
import type { EngineView } from '../engineView.ts';
import { errorCode, Toasts, toast } from '../toast.tsx';
import { common, type DoorFailure, trouble, door as words } from '../words.ts';
import { Door, type DoorFacts, type DoorMistake, type Entry } from './Door.tsx';
import { DoorError } from './invitation.ts';
import { KeptScreen, OpenKept } from './KeptScreen.tsx';
import { Refused } from './Refused.tsx';
import type { DoorServices, GuestChatModule } from './services.ts';
import { forgetVisit, rememberVisit, unmarkVisit, type Visit } from './visit.ts';

/** Where the guest stands. Each is one screen. */
type Screen =
  | { readonly at: 'door'; readonly joining: boolean; readonly mistake?: DoorMistake }
  /** A reload: the engine opens and says how far this guest had come. */
  | { readonly at: 'returning' }
  /** The same, where the chat is kept behind a lock. */
  | { readonly at: 'locked'; readonly view: EngineView; readonly module: GuestChatModule }
  | {
      readonly at: 'chat';
      readonly view: EngineView;
      readonly roomId: RoomId;
      readonly module: GuestChatModule;
    }
  | { readonly at: 'refused'; readonly reason: DoorFailure };

const RETRY_MS = 4_000;
const REFRESH_MS = 20_000;
const WARM_UP_WITHIN_MS = 1_000;

/** The guest's page: door, waiting, chat. The door stands before anything that encrypts is loaded. */
export function DoorApp(props: {
  visit: Visit;
  /** The link was opened in this tab before, whatever the tab still remembers of it. */
  visited: boolean;
  path: string;
  services: DoorServices;
  host: string;
  origin: string;
}) {
  const { services } = props;
  const [visit, setVisit] = useState(props.visit);
  const [screen, setScreen] = useState<Screen>(
    props.visit.roomId === undefined ? { at: 'door', joining: false } : { at: 'returning' },
  );
  const [entry, setEntry] = useState<Entry | undefined>(undefined);
  const engine = useEngineLoader(services);
  const link = visit.fragment === undefined ? undefined : props.origin + props.path + visit.fragment;
  const atDoor = screen.at === 'door' || (screen.at === 'refused' && screen.reason === 'no-network');
  const invitation = useInvitation(services, link, atDoor);
  const kept = useKept(services);
  useWarmUp(services, screen.at === 'door');
  const host = (invitation.facts?.card.inviterName ?? visit.host) || common.yourHost;

  function keep(change: Partial<Visit>): void {
    const next = { ...visit, ...change };
    setVisit(next);
    void rememberVisit(next);
  }

  // Once, when the page was loaded again.
  useEffect(() => {
    if (screen.at !== 'returning') return;
    let current = true;
    engine.load().then(
      async ({ view, module }) => {
        const isKnown = (known: EngineState) => hasOpened(known) || hasStopped(known);
        const first = await view.until(known => (isKnown(known) || isLocked(known) ? known : undefined));
        if (current && isLocked(first)) setScreen({ at: 'locked', view, module });
        const state = await view.until(known => (isKnown(known) && !isLocked(known) ? known : undefined));
        const room = state.rooms.find(({ roomId }) => roomId === visit.roomId);
        if (!current) return;
        if (room !== undefined) setScreen({ at: 'chat', view, roomId: room.roomId, module });
        else if (!hasOpened(state)) setScreen({ at: 'refused', reason: 'storage' });
        else if (visit.fragment !== undefined) setScreen({ at: 'door', joining: false });
        else setScreen({ at: 'refused', reason: 'tab-gone' });
      },
      () => current && setScreen({ at: 'refused', reason: 'storage' }),
    );
    return () => {
      current = false;
    };
  }, []);

  async function join(chosen: Entry): Promise<void> {
    if (link === undefined) return;
    setEntry(chosen);
    setScreen({ at: 'door', joining: true });
    try {
      const { view, module } = await engine.load();

      // What is asked of an engine that cannot open its store would wait for ever.
      const asked = await Promise.race([
        view.port.join({ link, name: chosen.name, password: chosen.password }),
        view.until(state => (hasStopped(state) && !hasOpened(state) ? ('no-store' as const) : undefined)),
      ]);
      if (asked === 'no-store') {
        setScreen({ at: 'refused', reason: 'storage' });
        return;
      }
      keep({ roomId: asked.roomId, host });
      setScreen({ at: 'chat', view, roomId: asked.roomId, module });
    } catch (error) {
      setScreen(afterFailedJoin(error));
    }
  }

  /** Closes a refused request, so that the next one starts afresh. */
  async function refused(
    reason: DoorFailure | 'wrong-password',
    triesLeft: number | undefined,
  ): Promise<void> {
    if (reason !== 'wrong-password') {
      setScreen({ at: 'refused', reason });
      return;
    }
    const left = triesLeft === undefined ? '' : ` ${words.triesLeft(triesLeft)}`;
    setScreen({
      at: 'door',
      joining: false,
      mistake: { field: 'password', sentence: words.passwordWrong + left },
    });
  }

  function again(): void {
    if (screen.at !== 'refused') return;
    if (RELOADED.has(screen.reason) || link === undefined) location.reload();
    else if (screen.reason === 'declined' && entry !== undefined) void join(entry);
    else {
      invitation.retry();
      setScreen({ at: 'door', joining: false });
    }
  }

  function gone(how: 'left' | 'erased'): void {
    const others =
      screen.at === 'chat' && (screen.view.state?.rooms ?? []).some(room => room.roomId !== screen.roomId);
    forgetVisit(visit.token);
    setScreen({ at: 'refused', reason: how });
    // A tab that came by two links keeps the other chat.
    void (others ? engine.close() : engine.destroy().then(() => services.forgetGuest()));
  }

  return (
    <>
      {draw()}
      <Toasts />
      <Announcer />
    </>
  );

  function draw() {
    if (screen.at === 'chat') {
      const { GuestChat } = screen.module;
      return (
        <GuestChat
          view={screen.view}
          roomId={screen.roomId}
          host={host}
          link={link}
          // What says who invited is not left lying beside a chat that is locked.
          onKept={() => {
            keep({ host: undefined });
            unmarkVisit();
          }}
          onInside={() => visit.fragment !== undefined && keep({ fragment: undefined })}
          onRefused={refused}
          onGone={gone}
        />
      );
    }
    if (screen.at === 'refused') return <Refused reason={screen.reason} name={host} onAgain={again} />;
    if (screen.at === 'locked') {
      const { UnlockScreen } = screen.module;
      return <UnlockScreen view={screen.view} guest />;
    }
    if (screen.at === 'returning') return <p class="door muted">{common.loading}</p>;
    if (link === undefined && props.visited)
      return (
        <Refused reason="tab-gone" name={undefined} onAgain={again}>
          {kept > 0 && <OpenKept count={kept} />}
        </Refused>
      );
    if (link === undefined)
      return kept > 0 ? (
        <KeptScreen count={kept} />
      ) : (
        <Refused reason="missing" name={undefined} onAgain={again} />
      );
    if (invitation.failure !== undefined && !screen.joining)
      return <Refused reason={invitation.failure} name={host} onAgain={invitation.retry} />;
    return (
      <Door
        facts={invitation.facts}
        link={link}
        host={props.host}
        joining={screen.joining}
        mistake={screen.mistake}
        remembered={entry}
        kept={kept}
        onFirstKey={engine.preload}
        onJoin={chosen => void join(chosen)}
      />
    );
  }
}

/** Whether the engine has read its store: it knows who this device is. */
function hasOpened(state: EngineState): boolean {
  return state.self !== undefined;
}

function isLocked(state: EngineState): boolean {
  return state.lock.state === 'locked';
}

function hasStopped(state: EngineState): boolean {
  return state.connection.state === 'stopped';
}

/** These are about this page or this browser, not about the link. */
const RELOADED: ReadonlySet<DoorFailure> = new Set(['cannot-read', 'newer-link', 'storage', 'stopped']);

function afterFailedJoin(error: unknown): Screen {
  const code = errorCode(error);
  const door = (mistake?: DoorMistake): Screen => ({
    at: 'door',
    joining: false,
    ...(mistake ? { mistake } : {}),
  });
  if (code === 'BAD_NAME') return door({ field: 'name', sentence: trouble(code) });
  if (code === 'BAD_PASSWORD') return door({ field: 'password', sentence: words.passwordWrong });
  if (code === 'BAD_LINK') return { at: 'refused', reason: 'malformed' };
  if (code?.startsWith('STORAGE_') || code === 'KEYS_LOST') return { at: 'refused', reason: 'storage' };
  toast(trouble(code));
  return door();
}

/** Once the door has been drawn and the browser has nothing better to do: who reads it will often want in. */
function useWarmUp(services: DoorServices, wanted: boolean): void {
  useEffect(() => {
    if (!wanted || savesData()) return;
    const warmUp = () => void services.warmUp().catch(() => undefined);
    if (globalThis.requestIdleCallback === undefined) {
      const timer = setTimeout(warmUp);
      return () => clearTimeout(timer);
    }
    const idle = requestIdleCallback(warmUp, { timeout: WARM_UP_WITHIN_MS });
    return () => cancelIdleCallback(idle);
  }, [services, wanted]);
}

/** Whether the person asked the browser to load no more than needed. */
function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}

/** How many chats are kept in this browser. */
function useKept(services: DoorServices): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    services.countKept().then(setCount, () => undefined);
  }, [services]);
  return count;
}

interface LoadedEngine {
  readonly view: EngineView;
  readonly module: GuestChatModule;
}

/** Loads the chat and opens the engine once, whether a key, a reload or the button asks first. */
function useEngineLoader(services: DoorServices) {
  const loading = useRef<Promise<LoadedEngine> | undefined>(undefined);
  return useMemo(() => {
    function load(): Promise<LoadedEngine> {
      loading.current ??= Promise.all([services.loadChat(), services.openEngine()]).then(
        ([module, port]) => ({
          module,
          view: new module.EngineView(port),
        }),
      );
      // What failed once is tried again at the next wish.
      loading.current.catch(() => {
        loading.current = undefined;
      });
      return loading.current;
    }
    return {
      load,
      preload: () => void load().catch(() => undefined),
      close: async () => {
        const opened = await loading.current?.catch(() => undefined);
        loading.current = undefined;
        await opened?.view.close();
      },
      /** The keys are overwritten, not only forgotten. */
      destroy: async () => {
        const opened = await loading.current?.catch(() => undefined);
        loading.current = undefined;
        await opened?.view.port.eraseDevice().catch(() => undefined);
        await opened?.view.close();
      },
    };
  }, [services]);
}

/** The card behind the door, asked for again while one stands there: links end, hosts come and go. */
function useInvitation(services: DoorServices, link: string | undefined, wanted: boolean) {
  const [facts, setFacts] = useState<DoorFacts | undefined>(undefined);
  const [failure, setFailure] = useState<DoorFailure | undefined>(undefined);
  const [round, setRound] = useState(0);

  useEffect(() => {
    if (!wanted || link === undefined) return;
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const askAgain = (afterMs: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => current && setRound(count => count + 1), afterMs);
    };
    readInvitation(services, link).then(
      found => {
        if (!current) return;
        if ('reason' in found) {
          setFailure(found.reason);
          if (found.card !== undefined) setFacts(found.card);
        } else {
          setFailure(undefined);
          setFacts(found);
          askAgain(REFRESH_MS);
        }
      },
      error => {
        if (!current) return;
        const reason = error instanceof DoorError ? error.reason : 'server-trouble';
        setFailure(reason);
        if (reason === 'no-network') askAgain(RETRY_MS);
      },
    );
    const now = (): void => askAgain(0);
    window.addEventListener('focus', now);
    window.addEventListener('online', now);
    return () => {
      current = false;
      clearTimeout(timer);
      window.removeEventListener('focus', now);
      window.removeEventListener('online', now);
    };
  }, [services, link, wanted, round]);

  return { facts, failure, retry: () => setRound(count => count + 1) };
}

async function readInvitation(
  services: DoorServices,
  link: string,
): Promise<DoorFacts | { readonly reason: DoorFailure; readonly card: DoorFacts | undefined }> {
  const read = services.readLink(link);
  const answer = await services.fetchInvite(read.token);
  // A closed link is closed whether or not its card still opens; the card only lends a name.
  const opened = services.openCard(read, answer.sealedCard);
  const card = answer.status === 'open' ? await opened : await opened.catch(() => undefined);
  const facts = card && {
    card,
    passwordNeeded: read.passwordNeeded || card.password,
    expiresAtMs: answer.expiresAtMs,
    hostOnline: answer.hostOnline,
  };
  if (answer.status === 'open' && facts !== undefined) return facts;
  return { reason: answer.status === 'open' ? 'malformed' : answer.status, card: facts };
}
