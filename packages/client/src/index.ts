export * from './intents.ts';
export * from './projection.ts';
