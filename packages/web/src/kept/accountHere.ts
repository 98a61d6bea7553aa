const NOTE = 'sotto.account';

/** Whether this browser is a device of an account at this address: its page opens at once then. */
export function hasAccountHere(): boolean {
  return localStorage.getItem(NOTE) !== null;
}

/** Notes the bare fact; it goes with everything else when the device is erased. */
export function noteAccountHere(has: boolean): void {
  try {
    if (has) localStorage.setItem(NOTE, '1');
    else localStorage.removeItem(NOTE);
  } catch {
    // A browser that keeps nothing is asked again each time.
  }
}
