import type { Knock } from '@sotto/client/node';
import { safetyLines, TRUST_WORDS } from '../commands/verify.ts';
import { shownLine } from '../terminal/shown.ts';
import type { ChatCommands, ChatContext } from './chatContext.ts';

const PRIVACY = {
  receipts: 'readReceipts',
  typing: 'typing',
  presence: 'presence',
  strict: 'strict',
} as const;

/** What is done about people: who they are, who comes in, who does not. `knocks`: who waits, the longest first. */
export function peopleCommands(chat: ChatContext, knocks: Knock[]): ChatCommands {
  const { sotto, screen } = chat;

  const answerDoor = async (what: 'admit' | 'decline'): Promise<void> => {
    const waiting = knocks.shift();
    if (waiting === undefined) return screen.print('Nobody waits at a door.');
    await waiting[what]();
    screen.print(`${shownLine(waiting.name)} was ${what === 'admit' ? 'let in' : 'not let in'}.`);
  };

  return {
    who() {
      const people = new Map(chat.here().members.map(member => [member.accountId, member]));
      const blocked = new Set(sotto.people.filter(each => each.blocked).map(({ accountId }) => accountId));
      screen.print(
        ...[...people.values()].map(({ name, role, trust, handle, accountId, presence }) => {
          const isSelf = accountId === sotto.state.self?.accountId;
          const marks = [
            role,
            isSelf ? 'you' : TRUST_WORDS[trust],
            presence?.online === true ? 'online' : '',
            blocked.has(accountId) ? 'blocked' : '',
          ];
          const shown = `${shownLine(name)}${handle === undefined ? '' : ` @${handle}`}`;
          return `  ${shown} (${marks.filter(mark => mark !== '').join(', ')})`;
        }),
      );
    },

    async verify(rest) {
      const confirmed = / yes$/i.test(rest);
      const person = confirmed ? rest.slice(0, -4).trim() : rest.trim();
      if (person === '') return screen.print('Whom? /verify NAME');
      const verification = await sotto.verify(person);
      if (confirmed) {
        await verification.confirm();
        return screen.print(`${shownLine(verification.name)}: verified.`);
      }
      screen.print(
        ...safetyLines(verification),
        `Their device shows the same digits? Then: /verify ${shownLine(person)} yes`,
      );
    },

    async keys(rest) {
      const [, person, choice] = /^(.+?)\s+(accept|leave)$/.exec(rest.trim()) ?? [];
      if (person === undefined)
        return screen.print(
          '/keys PERSON accept takes their new keys, unverified; /keys PERSON leave sends nothing.',
        );
      await sotto.changedKeys(person, { accept: choice === 'accept' });
      screen.print(
        choice === 'accept'
          ? `Taken, and not verified yet: /verify ${shownLine(person)}`
          : 'Left so: nothing is sent to them until you decide otherwise.',
      );
    },

    async block(rest) {
      if (rest.trim() === '') return screen.print('Whom? /block NAME');
      await sotto.block(rest.trim());
      screen.print(
        `${shownLine(rest)} is blocked: nothing comes from them or goes to them. /unblock ends that.`,
      );
    },

    async unblock(rest) {
      if (rest.trim() === '') return screen.print('Whom? /unblock NAME');
      await sotto.unblock(rest.trim());
      screen.print(`${shownLine(rest)} is not blocked any more.`);
    },

    admit: () => answerDoor('admit'),

    async accept() {
      if (chat.here().view.request === undefined) return screen.print('Nothing is asked here.');
      await chat.here().accept();
      screen.print('Accepted.');
    },

    async decline(rest) {
      const isAsked = knocks.length === 0 && hasRequest(chat);
      if (!isAsked) return answerDoor('decline');
      const block = rest.trim() === 'block';
      await chat.depart(
        conversation => conversation.decline({ block }),
        `Declined${block ? ' and blocked' : ''}: they hear nothing of it.`,
      );
    },

    async add(rest) {
      const handles = rest.split(/[\s,]+/).filter(word => word !== '');
      if (handles.length === 0) return screen.print('Whom? /add @HANDLE');
      const people = await Promise.all(handles.map(handle => sotto.person(handle)));
      await chat.here().add(...people.map(({ accountId }) => accountId));
    },

    async remove(rest) {
      if (rest.trim() === '') return screen.print('Whom? /remove NAME');
      const { accountId } = await sotto.person(rest.trim());
      await chat.here().remove(accountId);
    },

    async privacy(rest) {
      const [word = '', choice] = rest.trim().split(/\s+/);
      const what = Object.hasOwn(PRIVACY, word) ? PRIVACY[word as keyof typeof PRIVACY] : undefined;
      if (what !== undefined && (choice === 'on' || choice === 'off'))
        await sotto.setPrivacy({ [what]: choice === 'on' });
      else if (rest.trim() !== '')
        return screen.print('/privacy receipts, typing, presence or strict, then on or off.');
      const now = await sotto.until(({ privacy }) =>
        what === undefined || privacy?.[what] === (choice === 'on') ? privacy : undefined,
      );
      const onOff = (on: boolean) => (on ? 'on' : 'off');
      screen.print(
        `Others see that you have read what they wrote (receipts): ${onOff(now.readReceipts)}`,
        `Others see that you are typing (typing): ${onOff(now.typing)}`,
        `Others see whether you are here (presence): ${onOff(now.presence)}`,
        `You write to verified people only (strict): ${onOff(now.strict)}`,
      );
    },
  };
}

function hasRequest(chat: ChatContext): boolean {
  try {
    return chat.here().view.request !== undefined;
  } catch {
    return false;
  }
}
