import { MessageTable } from './messageTable.ts';

/** Where a message that did not come in a segment stands. */
interface Place {
  readonly block: number;
  readonly row: number;
}

interface Block {
  /** What the stored segment says. Rows ascend by order. */
  stored: MessageTable | undefined;
  /** What came since, in the order it came. */
  fresh: MessageTable;
}

/** The messages of one room. What was put or taken out by hand overrules segments, also those that are loaded later. */
export class RoomTables {
  readonly #blocks = new Map<number, Block>();
  readonly #places = new Map<number, Place>();
  readonly #overruled = new Set<number>();

  put(block: number, order: number, append: (table: MessageTable) => number): void {
    this.remove(order);
    const row = append(this.#block(block).fresh);
    this.#places.set(order, { block, row });
  }

  remove(order: number): void {
    const place = this.#places.get(order);
    if (place) this.#block(place.block).fresh.takeOut(place.row);
    this.#places.delete(order);
    if (this.#overruled.has(order)) return;
    this.#overruled.add(order);
    for (const { stored } of this.#blocks.values()) {
      const row = stored?.rowOf(order);
      if (row !== undefined) stored?.takeOut(row);
    }
  }

  setStored(block: number, table: MessageTable): void {
    for (let row = 0; row < table.length; row += 1) {
      if (this.#overruled.has(table.orders[row]!)) table.takeOut(row);
    }
    this.#block(block).stored = table;
  }

  /** Forgets a block and what was said of its messages. */
  clear(block: number): void {
    for (const [order, place] of this.#places) {
      if (place.block !== block) continue;
      this.#places.delete(order);
      this.#overruled.delete(order);
    }
    this.#blocks.delete(block);
  }

  /** Those that have messages. */
  tables(): MessageTable[] {
    const tables: MessageTable[] = [];
    for (const { stored, fresh } of this.#blocks.values()) {
      if (stored !== undefined && stored.length > 0) tables.push(stored);
      if (fresh.length > 0) tables.push(fresh);
    }
    return tables;
  }

  compact(numberOf: (term: number) => number): void {
    for (const [number, block] of this.#blocks) {
      block.stored = block.stored?.compacted(numberOf);
      block.fresh = block.fresh.compacted(numberOf);
      for (let row = 0; row < block.fresh.length; row += 1) {
        this.#places.set(block.fresh.orders[row]!, { block: number, row });
      }
    }
  }

  #block(number: number): Block {
    const known = this.#blocks.get(number);
    if (known) return known;
    const block = { stored: undefined, fresh: MessageTable.empty() };
    this.#blocks.set(number, block);
    return block;
  }
}
