import { MemoryTables } from '@sotto/relay';

const WRITES = {
  tables: [
    'insertStream',
    'updateStream',
    'deleteStream',
    'raiseInboxFloor',
    'putSubscription',
    'deleteSubscription',
  ],
  entries: ['insert', 'delete', 'putAppended', 'deleteAppendedBefore'],
  invites: ['putInvite', 'deleteInvite', 'putKnock'],
} as const;
type Part = keyof typeof WRITES;
type Methods = Record<string, (...args: readonly unknown[]) => unknown>;

/** A relay's tables that remember how they came to be what they are, and so can be made again. */
export class RecordedTables {
  readonly tables = new MemoryTables();
  readonly #calls: { readonly part: Part; readonly name: string; readonly args: readonly unknown[] }[] = [];

  constructor() {
    for (const part of ['tables', 'entries', 'invites'] as const) {
      const methods = partOf(this.tables, part);
      for (const name of WRITES[part]) {
        const write = methods[name]!.bind(methods);
        methods[name] = (...args) => {
          this.#calls.push({ part, name, args: structuredClone(args) });
          return write(...args);
        };
      }
    }
  }

  /** The same tables, going their own way from here on. */
  copy(): RecordedTables {
    const copy = new RecordedTables();
    for (const { part, name, args } of this.#calls)
      partOf(copy.tables, part)[name]!(...structuredClone(args));
    return copy;
  }
}

function partOf(tables: MemoryTables, part: Part): Methods {
  return (part === 'tables' ? tables : tables[part]) as unknown as Methods;
}
