import type { Random } from '../env.ts';
import type { Extension } from '../tree/extension.ts';

/** 0x0A0A, 0x1A1A … 0xEAEA (RFC 9420 §13.5). */
const GREASE_VALUES = 15;

/** One of the values that stand for things nobody knows yet, so that nobody learns to stumble over them. */
export function greaseValue(random: Random): number {
  const step = (random(1)[0] as number) % GREASE_VALUES;
  return 0x0a0a + step * 0x1010;
}

/** An extension that everybody has to ignore. */
export function greaseExtension(random: Random, type: number): Extension {
  return { type, data: random(4) };
}
