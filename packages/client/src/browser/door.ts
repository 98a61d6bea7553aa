/** The door opens before the engine is loaded: only what reads a link and its card. */
export * from '@sotto/core/door';
