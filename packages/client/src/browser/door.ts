/** The door opens before the engine is loaded: only what reads a link and its card, and remembers them. */
export * from '@sotto/core/door';
export { type TabVisit, tabMemory } from './tabMemory.ts';
