import { useId } from 'preact/hooks';
import { Icon } from './Icon.tsx';

/** A native select with its label above it. */
export function Select<T extends string | number>(props: {
  label: string;
  value: T;
  options: readonly (readonly [value: T, text: string])[];
  disabled?: boolean;
  /** The id of what explains the choice. */
  describedBy?: string;
  onChange: (value: T) => void;
}) {
  const id = useId();
  return (
    <div class="field grow">
      <label for={id}>{props.label}</label>
      <div class="select">
        <select
          id={id}
          class="input"
          value={String(props.value)}
          disabled={props.disabled ?? false}
          aria-describedby={props.describedBy}
          onChange={event => {
            const chosen = props.options.find(([value]) => String(value) === event.currentTarget.value);
            if (chosen !== undefined) props.onChange(chosen[0]);
          }}
        >
          {props.options.map(([value, text]) => (
            <option key={String(value)} value={String(value)}>
              {text}
            </option>
          ))}
        </select>
        <Icon name="down" />
      </div>
    </div>
  );
}
