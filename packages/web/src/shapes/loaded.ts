import { useEffect, useState } from 'preact/hooks';
import { toast } from '../toast.tsx';
import { trouble } from '../words.ts';

/**
 * A module that is loaded when it is first wanted. Undefined until it is there; `onFailed` is called where it cannot
 * be had, after the person was told.
 */
export function useLoaded<M>(wanted: boolean, load: () => Promise<M>, onFailed: () => void): M | undefined {
  const [loaded, setLoaded] = useState<{ readonly module: M } | undefined>(undefined);
  useEffect(() => {
    if (!wanted || loaded !== undefined) return;
    let current = true;
    load().then(
      module => current && setLoaded({ module }),
      () => {
        if (!current) return;
        toast(trouble('OFFLINE'));
        onFailed();
      },
    );
    return () => {
      current = false;
    };
  }, [wanted]);
  return loaded?.module;
}
