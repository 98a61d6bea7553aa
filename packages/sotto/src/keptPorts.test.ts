import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepPorts, readKeptPorts } from './keptPorts.ts';

describe('kept ports', () => {
  it('come back as they were kept', () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'sotto-ports-')), 'not', 'there', 'yet');
    expect(readKeptPorts(folder)).toBeUndefined();
    keepPorts(folder, { hostPort: 8081, guestPort: 8444 });
    expect(readKeptPorts(folder)).toEqual({ hostPort: 8081, guestPort: 8444 });
  });
  it('are none where the file makes no sense', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-ports-'));
    for (const text of [
      '',
      '{}',
      '{"hostPort":0,"guestPort":8443}',
      '{"hostPort":"8080","guestPort":8443}',
      'null',
    ]) {
      writeFileSync(join(folder, 'ports.json'), text);
      expect(readKeptPorts(folder)).toBeUndefined();
    }
  });
});
