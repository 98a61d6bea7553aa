// A page of one's own that talks by Sotto: somebody comes in by a link, writes, reads, and finds it all there again.
//
// Run: npx vite examples/browser
// Whoever runs the relay allows the page's origin: sotto start --allow-origin http://localhost:5173
import './trusted.ts';
import {
  type Conversation,
  connect,
  type MessageFile,
  type Sotto,
  SottoError,
  type TimelineEvent,
} from '@sotto/client/browser';

const at = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const [door, say, log, status] = [
  at<HTMLFormElement>('door'),
  at<HTMLFormElement>('say'),
  at('log'),
  at('status'),
];

function tell(error: unknown): void {
  status.textContent = error instanceof SottoError ? `${error.code}: ${error.message}` : String(error);
}

/** What happens when a form is sent; what goes wrong is told. */
function onSubmit(form: HTMLFormElement, work: (field: (name: string) => string) => Promise<void>): void {
  form.addEventListener('submit', event => {
    event.preventDefault();
    const fields = new FormData(form);
    work(name => String(fields.get(name))).catch(tell);
  });
}

/** What saves a file that came. It is fetched first where it is not here. */
function saving(file: MessageFile): HTMLElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = `Save ${file.name}`;
  button.addEventListener('click', () => void file.save().catch(tell));
  return button;
}

/** One line for each message, written anew when it changes: for an own one, when it goes further. */
function show(conversation: Conversation, { reset, upserts, removedKeys }: TimelineEvent): void {
  if (reset) log.replaceChildren();
  for (const key of removedKeys) document.getElementById(key)?.remove();
  for (const item of upserts) {
    if (item.kind !== 'message') continue;
    const line = document.createElement('li');
    const small = document.createElement('small');
    line.id = item.key;
    line.dataset.order = `${item.order}`;
    line.className = item.author.self ? 'own' : '';
    small.textContent = item.author.self ? `You · ${item.send?.state ?? ''}` : item.author.name;
    const { file } = conversation.messageOf(item);
    line.append(small, item.text, ...(file ? [saving(file)] : []));
    document.getElementById(item.key)?.remove();
    const next = [...log.children].find(each => Number((each as HTMLElement).dataset.order) > item.order);
    log.insertBefore(line, next ?? null);
  }
}

async function talk(conversation: Conversation): Promise<void> {
  door.hidden = true;
  say.hidden = false;
  status.textContent = `In “${conversation.title}”, end-to-end encrypted.`;
  await conversation.onTimeline(event => show(conversation, event));
  onSubmit(say, async field => {
    await conversation.send(field('text'));
    say.reset();
  });
  const chosen = say.elements.namedItem('file') as HTMLInputElement;
  chosen.addEventListener('change', () => {
    const [file] = chosen.files ?? [];
    chosen.value = '';
    // A photo goes without where and when it was taken.
    if (file !== undefined) conversation.sendFile(file).catch(tell);
  });
}

async function begin(): Promise<void> {
  // Of an earlier visit there is a device, and its history.
  let sotto: Sotto | undefined;
  try {
    sotto = await connect({});
  } catch (error) {
    if (!(error instanceof SottoError && error.code === 'RELAY_NEEDED')) throw error;
  }
  const [conversation] = sotto?.conversations.filter(({ view }) => view.membership === 'member') ?? [];
  if (conversation !== undefined) return talk(conversation);
  status.textContent = 'You need an invite link.';
  door.hidden = false;
  onSubmit(door, async field => {
    status.textContent = 'Knocking …';
    const entering = { link: field('link'), name: field('name') };
    if (sotto === undefined) {
      sotto = await connect({ ...entering, timeoutMs: 60_000 });
      return talk(sotto.conversations[0]!);
    }
    await talk(await sotto.join(entering.link, { name: entering.name, timeoutMs: 60_000 }));
  });
}

begin().catch(tell);
