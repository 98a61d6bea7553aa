/** All that is only needed where files are sent or shown: loaded when the first one is. */
import '../styles/files.css';

export { FileBody } from './FileBody.tsx';
export { fileHeard } from './fileHeard.ts';
export { files as words } from './fileWords.ts';
export { PictureViewer } from './PictureViewer.tsx';
export { sendTray } from './sendTray.ts';
export { type TrayState, TrayView } from './TrayView.tsx';
export { trayOf } from './tray.ts';
