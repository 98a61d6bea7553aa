import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SottoError } from '@sotto/client/node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  cryptographyFinding,
  deviceFindings,
  nodeFinding,
  ownServerFindings,
  relayFindings,
} from './commands/doctor.ts';
import { EXIT, exitCodeOf } from './exitCodes.ts';
import { main } from './main.ts';
import { sentenceOf } from './sentences.ts';
import { jsonLine, shownLine, shownText } from './terminal/shown.ts';
import { widthOf, wrapped } from './terminal/wrapped.ts';

const WORDS = [
  'start',
  'chat',
  'join',
  'invite',
  'send',
  'receive',
  'verify',
  'sign-in',
  'register',
  'export',
];
const said: string[] = [];
let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'sotto-home-'));
  vi.spyOn(console, 'log').mockImplementation(text => void said.push(text));
  vi.spyOn(console, 'error').mockImplementation(text => void said.push(text));
});
afterEach(() => said.splice(0));
afterAll(() => rmSync(home, { recursive: true }));

describe('help', () => {
  it.each([...WORDS, 'import', 'doctor', 'completion'])(
    'of %s says how it is called and what each option does',
    async name => {
      expect(await main([name, '--help'])).toBe(EXIT.done);
      expect(said.join('\n')).toContain(`Usage: sotto ${name}`);
      expect(said.join('\n')).toMatch(/Options:\n {2}/);
      for (const line of said.join('\n').split('\n'))
        if (line.startsWith('  --')) expect(line.length).toBeGreaterThan(30);
      said.splice(0);
      expect(await main(['help', name])).toBe(EXIT.done);
      expect(said.join('\n')).toContain(`Usage: sotto ${name}`);
    },
  );

  it('names every command and every exit code', async () => {
    await main(['--help']);
    for (const word of WORDS) expect(said.join()).toContain(`  ${word} `);
    for (const code of Object.values(EXIT)) expect(said.join()).toMatch(new RegExp(`\\b${code} `));
  });
});

describe('a call that is wrong', () => {
  it.each([
    [['send'], 'CONVERSATION is missing'],
    [['send', 'Kitchen', 'two', 'words'], '"words" is one word too many'],
    [['send', 'Kitchen', 'x', '--until', 'seen'], '--until takes sent, delivered, read, not "seen"'],
    [['send', 'Kitchen', 'x', '--timeout', 'long'], '--timeout takes a whole number from 1 to 86400'],
    [['join'], 'LINK is missing'],
    [['invite'], 'Name a conversation that there is'],
    [['invite', 'Kitchen', '--new', 'Cellar'], 'Name a conversation that there is'],
    [['export'], 'Say where to: --output FILE'],
    [['export', '--output', 'x', '--format', 'pdf'], '--format takes archive, html, json'],
    [['import', '/no/such/file'], '/no/such/file cannot be read'],
    [['verify', 'Ada', '--digits', '123'], '--digits takes sixty digits'],
    [['completion', 'tcsh'], 'completion takes bash, zsh, fish'],
    [['chat', '--relay', 'ftp://x'], '--relay takes an address'],
  ])('%j is refused with a sentence and exit code 2', async (args, sentence) => {
    expect(await main([...args, ...(args[0] === 'completion' ? [] : ['--home', home])])).toBe(EXIT.usage);
    expect(said.join()).toContain(sentence);
  });

  it.each([
    [['chat', '--passphrase', 'open sesame'], '--passphrase-file FILE'],
    [['chat', '--passphrase=open sesame'], '--passphrase-file FILE'],
    [['join', 'https://x/chat/y', '--password', 'open sesame'], '--password-file FILE'],
    [['sign-in', 'ada', '--password=open sesame'], '--password-file FILE'],
  ])('%j gives a secret away: it is refused, and the sentence does not repeat it', async (args, instead) => {
    expect(await main(args)).toBe(EXIT.usage);
    expect(said.join()).toContain('Secrets are not taken as arguments');
    expect(said.join()).toContain(instead);
    expect(said.join()).not.toContain('sesame');
  });

  it('says where no server is known, and asks nobody for a secret where nobody is', async () => {
    expect(await main(['chat', '--home', home])).toBe(EXIT.usage);
    expect(said.join()).toContain('Which server?');
    said.splice(0);
    expect(await main(['sign-in', 'ada', '--home', home])).toBe(EXIT.usage);
    expect(said.join()).toContain('--password-file FILE');
    const empty = join(home, 'empty');
    writeFileSync(empty, '\n');
    expect(await main(['sign-in', 'ada', '--home', home, '--password-file', empty])).toBe(EXIT.usage);
    expect(said.join()).toContain('nothing in its first line');
  });
});

describe('errors', () => {
  it.each([
    ['OFFLINE', EXIT.unreachable],
    ['TIMED_OUT', EXIT.unreachable],
    ['WRONG_SECRET', EXIT.locked],
    ['PASSPHRASE_NEEDED', EXIT.locked],
    ['STORAGE_IN_USE', EXIT.inUse],
    ['NOT_LET_IN', EXIT.refused],
    ['UNKNOWN_ROOM', EXIT.refused],
    ['CERTIFICATE_UNTRUSTED', EXIT.certificate],
    ['CERTIFICATE_CHANGED', EXIT.certificate],
    ['STORAGE_FULL', EXIT.failed],
  ] as const)('%s ends with %i and a sentence', (code, exit) => {
    expect(exitCodeOf(code)).toBe(exit);
    expect(sentenceOf(new SottoError(code, 'what it is', { fingerprint: 'AB:CD' }))).toMatch(
      /^[A-Z].*[.:D)]$/s,
    );
  });
});

describe('what others wrote', () => {
  it('moves no cursor, turns no direction, and stays in its own lines', () => {
    expect(shownText('a\u001b[2Jb\u0007c\u009bd\u202ee')).toBe('a\ufffd[2Jb\ufffdc\ufffdde');
    expect(shownText('hello\r\n14:36 Mara: I agree')).toBe('hello\n    14:36 Mara: I agree');
    expect(shownLine(' two\nlines\t')).toBe('two lines');
    const line = jsonLine({ text: 'a\nb\u001b\u009b\u202e"' });
    expect(line).toBe('{"text":"a\\nb\\u001b\\u009b\\u202e\\""}');
    expect(JSON.parse(line)).toEqual({ text: 'a\nb\u001b\u009b\u202e"' });
  });

  it('is as wide as terminals draw it', () => {
    expect(widthOf('abc')).toBe(3);
    expect(widthOf('日本')).toBe(4);
    expect(widthOf('e\u0301')).toBe(1);
  });

  it('is broken between words where the terminal is narrow, and a link is not', () => {
    const link = `https://${'x'.repeat(40)}`;
    expect(wrapped('14:35 Ada: The soup is ready, come down', 22)).toBe(
      '14:35 Ada: The soup is\n    ready, come down',
    );
    expect(wrapped(`Look at ${link} now`, 22)).toBe(`Look at\n    ${link}\n    now`);
    expect(wrapped('日本日本日本 日本日本日本', 20)).toBe('日本日本日本\n    日本日本日本');
    expect(wrapped('short', 22)).toBe('short');
    expect(wrapped('The soup is ready', 8)).toBe('The soup is ready');
  });
});

describe('doctor', () => {
  const states = (findings: readonly { readonly state: string }[]) => findings.map(({ state }) => state);
  const NOW_MS = Date.UTC(2026, 0, 5);
  const certificate = { fingerprint: 'AB:CD', validToMs: NOW_MS + 86_400_000, trusted: true };

  it('knows what is wrong, and what to do', () => {
    expect(nodeFinding('20.19.0').state).toBe('ok');
    expect(nodeFinding('20.18.3')).toMatchObject({
      state: 'wrong',
      advice: expect.stringContaining('20.19'),
    });
    expect(cryptographyFinding({ openssl: '3.0.19' })).toEqual({
      state: 'ok',
      what: 'cryptography: OpenSSL 3.0.19, and libsodium for the curves',
    });
    expect(cryptographyFinding({ openssl: '3.0.19', withoutSodium: 'Cannot find module' })).toMatchObject({
      state: 'hint',
      what: expect.stringContaining('libsodium: Cannot find module'),
      advice: expect.stringContaining('optional'),
    });
    expect(
      states(relayFindings('https://x', { reachable: true, clockAheadMs: 900, certificate }, NOW_MS)),
    ).toEqual(['ok', 'ok', 'ok', 'ok']);
    const bad = relayFindings(
      'https://x',
      {
        reachable: true,
        clockAheadMs: -600_000,
        certificate: { ...certificate, trusted: false, validToMs: NOW_MS - 1 },
      },
      NOW_MS,
    );
    expect(states(bad)).toEqual(['ok', 'wrong', 'wrong', 'wrong']);
    expect(bad.map(({ advice }) => advice).join()).toContain('--certificate AB:CD');
    expect(bad.at(-1)?.what).toBe('clock: 600 s behind the server’s');
    expect(relayFindings('http://localhost:1', { reachable: false }, NOW_MS)[0]?.advice).toContain(
      'sotto start',
    );
    const lan = { kind: 'this-network', origin: 'https://192.168.1.20:8443', reachable: true };
    const own = ownServerFindings({ addresses: [lan], allowedOrigins: ['https://app.example'] });
    expect(states(own)).toEqual(['ok', 'hint']);
    expect(own[1]?.what).toBe('pages of https://app.example may use your server, as guests do');
    expect(states(ownServerFindings({ addresses: [], allowedOrigins: [] }))).toEqual(['hint']);
    expect(states(deviceFindings({ trouble: 'STORAGE_FAILED' }))).toEqual(['wrong']);
    const belonging = { relay: 'https://x', role: 'guest' } as const;
    expect(states(deviceFindings({ belonging, lock: 'open' }))).toEqual(['ok', 'hint']);
    expect(states(deviceFindings({ belonging, lock: 'locked' }))).toEqual(['ok', 'ok']);
  });

  it('looks at an empty folder, and changes nothing there', async () => {
    expect(await main(['doctor', '--home', join(home, 'nothing')])).toBe(EXIT.done);
    expect(said.join('\n')).toContain('no device in this folder yet');
    expect(await main(['doctor', '--home', join(home, 'nothing'), '--relay', 'http://localhost:1'])).toBe(
      EXIT.failed,
    );
    expect(said.join('\n')).toContain('Start your server: sotto start');
  });
});
