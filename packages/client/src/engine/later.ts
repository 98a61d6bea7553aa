/** What most devices do not need at first: loaded together, when one of them is wanted. */
export { Files } from '../files/files.ts';
export { Exporting } from './exporting.ts';
export { Importing } from './importing.ts';
