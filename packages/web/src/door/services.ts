import type { EnginePort } from '@sotto/client';
import type { InviteLink } from '@sotto/client/door';
import type { ComponentType } from 'preact';
import type { EngineView } from '../engineView.ts';
import type { DoorFailure } from '../words.ts';
import type { DoorCard, InviteAnswer } from './invitation.ts';

/** What the chat of a guest needs; its code is loaded while the guest types a name. */
export interface GuestChatProps {
  readonly view: EngineView;
  readonly roomId: Parameters<EnginePort['openTimeline']>[0];
  readonly host: string;
  /** The whole link while it still opens something. */
  readonly link: string | undefined;
  readonly onInside: () => void;
  /** The chat outlives the tab from here on, behind a passphrase. */
  readonly onKept: () => void;
  readonly onRefused: (reason: DoorFailure | 'wrong-password', triesLeft: number | undefined) => void;
  readonly onGone: (how: 'left' | 'erased') => void;
}

export interface GuestChatModule {
  readonly GuestChat: ComponentType<GuestChatProps>;
  readonly EngineView: typeof EngineView;
  readonly UnlockScreen: ComponentType<{ readonly view: EngineView; readonly guest: boolean }>;
}

/** What the door touches of the world; the gallery gives it another one. */
export interface DoorServices {
  /** Throws `DoorError`: missing, malformed, newer-link, unknown-link. */
  readLink(link: string): InviteLink;
  /** Throws `DoorError`. */
  fetchInvite(token: string): Promise<InviteAnswer>;
  /** Throws `DoorError`: malformed when the link's secret does not fit, cannot-read. */
  openCard(link: InviteLink, sealedCard: Uint8Array): Promise<DoorCard>;
  loadChat(): Promise<GuestChatModule>;
  openEngine(): Promise<EnginePort>;
  /** Loads the code of both, for whoever may be about to ask. Opens nothing. */
  warmUp(): Promise<void>;
  /** How many chats guests keep in this browser, each behind its passphrase. */
  countKept(): Promise<number>;
  /** Takes everything that this tab's guest kept off the browser. */
  forgetGuest(): Promise<void>;
}
