import { describe, expect, it } from 'vitest';
import { dataDirectory } from './dataDirectory.ts';

describe('dataDirectory', () => {
  const home = '/home/mara';
  it('is SOTTO_HOME where that is set', () => {
    expect(
      dataDirectory({ platform: 'linux', env: { SOTTO_HOME: '/srv/sotto', XDG_DATA_HOME: '/x' }, home }),
    ).toBe('/srv/sotto');
  });
  it('follows XDG on Linux', () => {
    expect(dataDirectory({ platform: 'linux', env: { XDG_DATA_HOME: '/x' }, home })).toBe('/x/sotto');
    expect(dataDirectory({ platform: 'linux', env: { XDG_DATA_HOME: '' }, home })).toBe(
      '/home/mara/.local/share/sotto',
    );
  });
  it('follows the custom of macOS and Windows', () => {
    expect(dataDirectory({ platform: 'darwin', env: {}, home })).toBe(
      '/home/mara/Library/Application Support/Sotto',
    );
    expect(dataDirectory({ platform: 'win32', env: { LOCALAPPDATA: '/l' }, home })).toBe('/l/Sotto');
  });
});
