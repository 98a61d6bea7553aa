import { Fragment } from 'preact';
import { suiteInWords } from '../words.ts';

/** The name of a cipher suite, which breaks between its parts only. */
export function Cipher({ suite }: { suite: string }) {
  const parts = suiteInWords(suite).split(/(?<=,) /);
  return (
    <>
      {parts.map((part, i) => (
        <Fragment key={part}>
          {i > 0 && ' '}
          <span class="unbroken">{part}</span>
        </Fragment>
      ))}
    </>
  );
}
