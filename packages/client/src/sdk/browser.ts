/**
 * Sotto for programs in pages: a device of the page's origin, kept by the browser.
 *
 *     const sotto = await connect({ link, name: 'Mara' });
 *     sotto.onMessage(message => show(message.text));
 *
 * A page of another origin than the relay's is let in where whoever runs the relay allows it: `--allow-origin`.
 */

export { type ConnectOptions, connect } from './browser/connect.ts';
export * from './index.ts';
