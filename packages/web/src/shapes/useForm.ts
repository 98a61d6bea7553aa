import { useEffect, useRef, useState } from 'preact/hooks';

/** What is wrong with a form: at one of its fields, or (`form`) with all of it. */
export interface Mistake<Field extends string> {
  readonly at: Field | 'form';
  readonly sentence: string;
}

/**
 * Carries out what a form is for. While it does, it is `busy`; what is wrong stands at its field, which has the focus
 * then, and goes when something else is written.
 */
export function useForm<Field extends string>(
  work: () => Promise<unknown>,
  mistakeOf: (error: unknown) => Mistake<Field>,
) {
  const [busy, setBusy] = useState(false);
  const [mistake, setMistake] = useState<Mistake<Field> | undefined>(undefined);
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    if (mistake === undefined || mistake.at === 'form') return;
    const field = form.current?.querySelector<HTMLInputElement>('[aria-invalid="true"]');
    field?.focus();
    field?.select();
  }, [mistake]);

  async function submit(event: Event, wrong?: Mistake<Field>): Promise<void> {
    event.preventDefault();
    if (busy) return;
    setMistake(wrong);
    if (wrong !== undefined) return;
    setBusy(true);
    try {
      await work();
    } catch (error) {
      setMistake(mistakeOf(error));
    }
    setBusy(false);
  }

  return {
    busy,
    form,
    submit,
    at: (field: Field | 'form') => (mistake?.at === field ? mistake.sentence : undefined),
    clear: () => setMistake(undefined),
  };
}
