import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VaultError } from '@sotto/vault';
import { openNodeKeySlots } from '@sotto/vault/node-key-slots';
import { openSqliteStore } from '@sotto/vault/sqlite';
import type { DeviceStorage } from '../../lock/lockingDevice.ts';
import type { Home } from '../belonging.ts';
import type { CertificatePin } from './certificateTrust.ts';

/** What a folder says in clear: where its device belongs, and which certificate that may show. */
export interface Belonging extends Home, CertificatePin {}

/**
 * A folder that one device lives in: `device.json`, the records (SQLite, encrypted) and the keys to them, behind their
 * locks. One process at a time: the records' lock is taken first, and holds for the keys too.
 */
export class DeviceFolder {
  constructor(private readonly path: string) {}

  /** Throws `UNSUPPORTED_FORMAT` for what is no such file. */
  read(): Belonging | undefined {
    if (!existsSync(this.#file('device.json'))) return undefined;
    try {
      const { relay, role, certificate, certificateKey } = JSON.parse(
        readFileSync(this.#file('device.json'), 'utf8'),
      );
      if (typeof relay !== 'string' || !URL.canParse(relay)) throw new TypeError('no relay');
      return {
        relay,
        role: role === 'guest' ? 'guest' : 'host',
        ...(typeof certificate === 'string' && { certificate }),
        ...(typeof certificateKey === 'string' && { certificateKey }),
      };
    } catch (cause) {
      throw new VaultError('UNSUPPORTED_FORMAT', `${this.#file('device.json')} cannot be read`, { cause });
    }
  }

  write(belonging: Belonging): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    const temporary = this.#file('device.json.new');
    writeFileSync(temporary, `${JSON.stringify(belonging, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, this.#file('device.json'));
  }

  /** Throws `VaultError`: `IN_USE` where another process has it, `STORAGE_LOST` where only the keys are left. */
  async open(): Promise<DeviceStorage> {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    const [records, keys] = [this.#file('records.db'), this.#file('keys')];
    if (existsSync(keys) && !existsSync(records))
      throw new VaultError('STORAGE_LOST', 'the records are gone, and the keys to them are left');
    const store = await openSqliteStore(records);
    try {
      return { store, slots: await openNodeKeySlots(keys) };
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  #file(name: string): string {
    return join(this.path, name);
  }
}
