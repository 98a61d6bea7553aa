/** Whether a window can be opened here at all: a graphical session, and nobody asked to go without. */
export function canOpenWindow(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): boolean {
  if (env.SOTTO_NO_WINDOW === '1' || env.CI) return false;
  if (env.SSH_CONNECTION) return false;
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
}

/** Opens the address in the person's browser; `false` where that did not work. */
export async function openWindow(address: string): Promise<boolean> {
  try {
    const { default: open } = await import('open');
    const child = await open(address);
    return await new Promise<boolean>(resolve => {
      child.once('error', () => resolve(false));
      child.once('spawn', () => resolve(true));
      if (child.pid !== undefined) resolve(true);
    });
  } catch {
    return false;
  }
}
