import { isEmojiOnly } from '../text/emoji.ts';
import { type Inline, parseRichText } from '../text/richText.ts';

/** They make text read backwards (`gnp.exe`), which no language needs. */
const DIRECTION_OVERRIDES = /[\u202d\u202e]/g;

/** A message's text. Everything foreign becomes a text node; links open elsewhere and learn nothing of this page. */
export function RichText({ text }: { text: string }) {
  if (isEmojiOnly(text)) return <p class="emoji-only">{text}</p>;
  return (
    <>
      {parseRichText(text.replace(DIRECTION_OVERRIDES, '')).map((block, i) =>
        block.kind === 'code' ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a long line must be reachable to be scrolled
          <pre key={i} dir="ltr" tabIndex={0}>
            <code>{block.text}</code>
          </pre>
        ) : (
          <p key={i} dir="auto">
            {block.children.map(draw)}
          </p>
        ),
      )}
    </>
  );
}

function draw(inline: Inline, key: number) {
  switch (inline.kind) {
    case 'text':
      return inline.text;
    case 'code':
      return (
        <code key={key} dir="ltr">
          {inline.text}
        </code>
      );
    case 'strong':
      return <strong key={key}>{inline.children.map(draw)}</strong>;
    case 'emphasis':
      return <em key={key}>{inline.children.map(draw)}</em>;
    case 'link':
      return (
        <bdi key={key}>
          <a href={inline.href} target="_blank" rel="noopener noreferrer" referrerpolicy="no-referrer">
            {inline.text}
          </a>
          {inline.realHost !== undefined && <span class="real-host"> ({inline.realHost})</span>}
        </bdi>
      );
  }
}
