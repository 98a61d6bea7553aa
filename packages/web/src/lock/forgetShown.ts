const forgets = new Set<() => void>();

/** Has `forget` called when the device is locked: for what a window holds of conversations beside the engine's state. */
export function whenLocked(forget: () => void): void {
  forgets.add(forget);
}

/** Forgets all of it. */
export function forgetShown(): void {
  for (const forget of forgets) forget();
}
