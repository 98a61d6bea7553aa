import type { EngineState, NewSource, SealedIntents, SealedKeysView, SourceView } from '@sotto/client';
import { FakePeople } from './fakePeople.ts';

const keysOf = (bits: 3072 | 4096, strangers: boolean, old: number): SealedKeysView => {
  const key = { kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs', bits, createdAtMs: Date.now() };
  return {
    strangers,
    path: '/api/sealed/jonas',
    fingerprint: ['30035', '44776', '92869', '39689', '28698', '76765'],
    encryption: key,
    signature: key,
    old,
  };
};

const TOKEN = 'sotto_4Qe7Gk2mVt9RkZ4xWb8NfYp3LsT6uHc1JdXa5rBnoWi';

export const SEALED: NonNullable<EngineState['sealed']> = {
  keys: keysOf(3072, true, 1),
  sources: [
    {
      sourceId: 'src_1' as never,
      name: 'Backups of the boat club',
      muted: false,
      perHour: 60,
      createdAtMs: Date.UTC(2026, 2, 3),
    },
    {
      sourceId: 'src_2' as never,
      name: 'Thermometer in the cellar',
      muted: true,
      perHour: 12,
      createdAtMs: Date.UTC(2026, 4, 9),
    },
  ],
};

/** The fake engine, with sealed messages too. */
export class FakeSealed extends FakePeople implements SealedIntents {
  #put(change: Partial<NonNullable<EngineState['sealed']>>): void {
    this.setState({ sealed: { sources: [], ...this.state.sealed, ...change } });
  }

  #change(sourceId: SourceView['sourceId'], change: Partial<SourceView> | undefined): void {
    const sources = (this.state.sealed?.sources ?? []).flatMap(source => {
      if (source.sourceId !== sourceId) return [source];
      return change === undefined ? [] : [{ ...source, ...change }];
    });
    this.#put({ sources });
  }

  async makeSealedKeys(...[{ bits = 3072, strangers }]: Parameters<SealedIntents['makeSealedKeys']>) {
    this.#put({ keys: keysOf(bits, strangers, 0) });
  }

  async rotateSealedKeys() {
    const { keys } = this.state.sealed!;
    this.#put({ keys: keysOf(3072, keys!.strangers, keys!.old + 1) });
  }

  async allowStrangers(strangers: boolean) {
    this.#put({ keys: { ...this.state.sealed!.keys!, strangers } });
  }

  async sealedKeysPem() {
    return { encryption: '', signature: '', jwks: '' };
  }

  async makeSource({ name, perHour = 60 }: { name: string; perHour?: number }): Promise<NewSource> {
    const sourceId = `src_${this.state.sealed!.sources.length + 1}` as never;
    const source = { sourceId, name, perHour, muted: false, createdAtMs: Date.now() };
    this.#put({ sources: [...this.state.sealed!.sources, source] });
    return this.renewSourceToken(sourceId);
  }

  async changeSource(...[sourceId, change]: Parameters<SealedIntents['changeSource']>) {
    this.#change(sourceId, change);
  }

  async renewSourceToken(sourceId: SourceView['sourceId']): Promise<NewSource> {
    const accountKey = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
    return { sourceId, token: TOKEN, path: '/api/sealed/jonas', accountKey };
  }

  async revokeSource(sourceId: SourceView['sourceId']) {
    this.#change(sourceId, undefined);
  }
}
