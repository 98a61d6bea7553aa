/**
 * Sotto for programs in Node: a device that takes part in encrypted conversations.
 *
 *     const sotto = await connect({ folder: './echo', link, name: 'Echo' });
 *     sotto.onMessage(message => message.reply(`You said: ${message.text}`));
 */
export * from './index.ts';
export { type CertificatePin, repinned } from './node/certificateTrust.ts';
export { type ConnectOptions, connect } from './node/connect.ts';
export type { Belonging } from './node/deviceFolder.ts';
export { fileAt } from './node/fileAt.ts';
export {
  type CryptographyReport,
  type FolderReport,
  inspectCryptography,
  inspectFolder,
  inspectRelay,
  type RelayReport,
} from './node/inspect.ts';
