import { isolate } from '../text/isolate.ts';
import { counted } from '../words.ts';

/** Beside the code that is loaded for it, so that nobody else waits for it. */
export const saw = {
  title: 'What the server saw',
  of: (text: string) => `Of “${isolate(text)}”`,
  loading: 'Fetching the bytes…',
  failed: 'The bytes are no longer on this device.',
  bytes: 'The encrypted bytes',
  more: (count: number) => `… ${counted(count, 'byte', 'bytes')} more`,
  showMore: 'Show more',
  fewer: 'Show fewer',
  size: 'Size',
  sizeFact: (sizeBytes: number, writtenBytes: number) =>
    `${counted(sizeBytes, 'byte', 'bytes')} (${writtenBytes} written, padded)`,
  time: 'Time',
  notYet: 'not there yet',
  for: 'For',
  forFact: (count: number) => `${counted(count, 'device', 'devices')}, names unknown`,
  forHere: (names: string) => `You know who: ${names}.`,
  number: 'Number',
  epoch: 'Epoch',
  cipher: 'Cipher',
  explain:
    'It cannot read the text or your names. It does see when, how much, from which device and which address.',
  epochHint: 'How often the keys of this chat have been renewed.',
};
