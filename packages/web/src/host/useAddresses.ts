import { useCallback, useEffect, useState } from 'preact/hooks';
import { bestAddress, type HostAddress, type HostInfo } from './hostAddresses.ts';

/** The addresses of this computer and the one that links are shown with. */
export interface Addresses {
  readonly info: HostInfo | undefined;
  readonly failed: boolean;
  readonly chosen: HostAddress | undefined;
  choose(address: HostAddress): void;
}

/** Fetched once and again whenever someone comes back to the window: networks change. */
export function useAddresses(fetchInfo: () => Promise<HostInfo>): Addresses {
  const [info, setInfo] = useState<HostInfo | undefined>(undefined);
  const [failed, setFailed] = useState(false);
  const [wish, setWish] = useState<HostAddress | undefined>(undefined);

  useEffect(() => {
    let current = true;
    const load = (): void => {
      fetchInfo().then(
        found => {
          if (!current) return;
          setInfo(found);
          setFailed(false);
        },
        () => current && setFailed(true),
      );
    };
    load();
    window.addEventListener('focus', load);
    return () => {
      current = false;
      window.removeEventListener('focus', load);
    };
  }, [fetchInfo]);

  const choose = useCallback((address: HostAddress) => setWish(address), []);
  const kept = info?.addresses.find(
    address => address.origin === wish?.origin && address.kind === wish?.kind,
  );
  return { info, failed, chosen: kept ?? bestAddress(info?.addresses ?? []), choose };
}
