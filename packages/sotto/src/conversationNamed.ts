import { type Conversation, type Sotto, SottoError } from '@sotto/client/node';
import { shownLine } from './terminal/shown.ts';

/**
 * The conversation that a person means: by `@handle` (begun where there is none), by id, by its title, or by how its
 * title begins. Throws `UNKNOWN_ROOM`, also where several are meant.
 */
export async function conversationNamed(sotto: Sotto, name: string): Promise<Conversation> {
  if (name.startsWith('@')) return sotto.direct(name);
  const all = sotto.conversations.filter(({ view }) => view.membership !== 'joining');
  const asked = name.trim().toLowerCase();
  const titled = all.map(conversation => ({ conversation, title: conversation.title.toLowerCase() }));
  const same = titled.filter(({ conversation, title }) => conversation.id === name || title === asked);
  const meant =
    same.length > 0 ? same : titled.filter(({ title }) => asked !== '' && title.startsWith(asked));
  const [only, ...more] = meant;
  if (only !== undefined && more.length === 0) return only.conversation;
  if (only !== undefined)
    throw new SottoError(
      'UNKNOWN_ROOM',
      `several conversations are called so; use an id: ${meant.map(({ conversation }) => conversation.id).join(', ')}`,
    );
  const known = all.map(({ title }) => `“${shownLine(title)}”`).join(', ');
  throw new SottoError(
    'UNKNOWN_ROOM',
    `there is no conversation “${shownLine(name)}” here${known && `, but ${known}`}`,
  );
}
