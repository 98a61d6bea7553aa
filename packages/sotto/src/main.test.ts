import { afterEach, describe, expect, it, vi } from 'vitest';
import { main } from './main.ts';

describe('the command line', () => {
  const said: string[] = [];
  vi.spyOn(console, 'log').mockImplementation(text => void said.push(text));
  vi.spyOn(console, 'error').mockImplementation(text => void said.push(text));
  afterEach(() => said.splice(0));

  it('explains itself', async () => {
    expect(await main(['--help'])).toBe(0);
    expect(said.join()).toContain('Usage: sotto COMMAND');
  });

  it.each([
    [['dance'], 'There is no command "dance"'],
    [['start', 'now'], '"now" is one word too many'],
    [['start', '--port', 'eighty'], '--port takes a number'],
    [['start', '--port', '70000'], '--port takes a number'],
    [['start', '--windows'], "Unknown option '--windows'"],
    [['start', '--chat-limit', 'much'], '--chat-limit takes a number of megabytes'],
    [['start', '--chat-limit', '0'], '--chat-limit takes a number of megabytes'],
    [
      ['start', '--registration', 'friends'],
      '--registration takes open, invitation or closed, not "friends"',
    ],
    [['start', '--public-origin', 'http://chat.example.org'], '--public-origin takes an address'],
    [['start', '--public-origin', 'https://chat.example.org/x'], '--public-origin takes an address'],
    [['start', '--allow-origin', '*'], '--allow-origin takes addresses'],
    [['start', '--allow-origin', 'null'], '--allow-origin takes addresses'],
    [['start', '--allow-origin', 'https://*.example.org'], '--allow-origin takes addresses'],
    [['start', '--allow-origin', 'http://app.example.org'], '--allow-origin takes addresses'],
    [
      ['start', '--allow-origin', 'https://app.example.org,https://app.example.org/x'],
      '--allow-origin takes',
    ],
  ])('refuses %j with a sentence and exit code 2', async (args, sentence) => {
    expect(await main(args)).toBe(2);
    expect(said.join()).toContain(sentence);
  });

  it('refuses what the environment says of registration in the same way', async () => {
    vi.stubEnv('SOTTO_REGISTRATION', 'friends');
    expect(await main(['start'])).toBe(2);
    expect(said.join()).toContain('SOTTO_REGISTRATION takes open, invitation or closed, not "friends"');
    vi.unstubAllEnvs();
  });
});
