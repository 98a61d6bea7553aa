import { useId } from 'preact/hooks';
import { security as words } from '../words.ts';
import { SecretField } from './SecretField.tsx';
import type { ChosenPassphrase } from './usePassphrase.ts';

export type PassphraseMistake = {
  readonly field: 'current' | 'passphrase' | 'again';
  readonly sentence: string;
};

/** The fields in which a passphrase is chosen, with its strength in words. */
export function NewPassphrase(props: {
  label: string;
  chosen: ChosenPassphrase;
  mistake: PassphraseMistake | undefined;
  busy: boolean;
  onEdit: () => void;
  /** The name of the button that shows what is written, where that is no passphrase. */
  show?: string;
}) {
  const { chosen, mistake } = props;
  const id = useId();
  const edit = (set: (value: string) => void) => (value: string) => {
    set(value);
    props.onEdit();
  };
  const mistakeAt = (field: PassphraseMistake['field']) =>
    mistake?.field === field ? mistake.sentence : undefined;
  return (
    <>
      <div class="stack tight">
        <SecretField
          id={`${id}-new`}
          label={props.label}
          autocomplete="new-password"
          value={chosen.passphrase}
          shown={chosen.shown}
          readOnly={props.busy}
          mistake={mistakeAt('passphrase')}
          describedBy={`${id}-strength`}
          onInput={edit(chosen.setPassphrase)}
          onShow={chosen.setShown}
          {...(props.show !== undefined && { show: props.show })}
        />
        <Strength id={`${id}-strength`} chosen={chosen} />
      </div>
      {!chosen.once && !chosen.shown && (
        <SecretField
          id={`${id}-again`}
          label={words.again}
          autocomplete="new-password"
          value={chosen.again}
          shown={false}
          readOnly={props.busy}
          mistake={mistakeAt('again')}
          onInput={edit(chosen.setAgain)}
        />
      )}
    </>
  );
}

const BARS = { short: 0, weak: 1, fair: 2, strong: 3 };

function strengthText({ strength, passphrase, missing }: ChosenPassphrase): string {
  if (passphrase === '') return words.tooShort(missing);
  return strength === 'short' ? words.strength.short(missing) : words.strength[strength];
}

function Strength({ id, chosen }: { id: string; chosen: ChosenPassphrase }) {
  const { strength } = chosen;
  return (
    <div id={id} class={`strength ${strength}`} aria-live="polite">
      <span class="strength-bars" aria-hidden="true">
        {[1, 2, 3].map(bar => (
          <span key={bar} class={bar <= BARS[strength] ? 'on' : ''} />
        ))}
      </span>
      <span class="small muted">{strengthText(chosen)}</span>
    </div>
  );
}
