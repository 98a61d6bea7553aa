import type { Conversation, Message, Sotto } from '@sotto/client/node';
import type { Screen } from './screen.ts';

/** What commands work with. */
export interface ChatContext {
  readonly sotto: Sotto;
  readonly screen: Screen;
  readonly nowMs: () => number;
  /** The conversation that is open. Throws `UNKNOWN_ROOM` where none is. */
  here(): Conversation;
  goTo(conversation: Conversation): Promise<void>;
  /** Closes the open one and does what ends it here; opens it again where that fails. */
  depart(act: (conversation: Conversation) => Promise<void>, said: string): Promise<void>;
  /** Says it there; `typed` is the line that it stands in until then. */
  say(typed: string, text: string, replyTo?: Message): Promise<void>;
}

/** What a word after a slash does. `rest`: what stands behind it; `line`: all of it, as it was typed. */
export type ChatCommands = Readonly<Record<string, (rest: string, line: string) => unknown>>;
