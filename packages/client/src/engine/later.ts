/** What most devices do not need at first: loaded together, when one of them is wanted. */
export { receiveKnock } from '../door/knocks.ts';
export { Files } from '../files/files.ts';
export { Exporting } from './exporting.ts';
export { Hosting } from './hosting.ts';
export { Importing } from './importing.ts';
