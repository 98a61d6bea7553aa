import { describe, expect, it } from 'vitest';
import { canOpenWindow } from './openWindow.ts';

describe('canOpenWindow', () => {
  it('needs a graphical session on Linux', () => {
    expect(canOpenWindow({}, 'linux')).toBe(false);
    expect(canOpenWindow({ DISPLAY: ':0' }, 'linux')).toBe(true);
    expect(canOpenWindow({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(true);
  });
  it('does without where it was asked to, and over SSH', () => {
    expect(canOpenWindow({ DISPLAY: ':0', SOTTO_NO_WINDOW: '1' }, 'linux')).toBe(false);
    expect(canOpenWindow({ SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, 'darwin')).toBe(false);
    expect(canOpenWindow({}, 'darwin')).toBe(true);
  });
});
