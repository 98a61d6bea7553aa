/** What a guest has of locks: loaded once there is one, or one is wanted. */
export { KeepDialog } from './KeepDialog.tsx';
export { SecuritySection } from './SecuritySection.tsx';
export { UnlockScreen } from './UnlockScreen.tsx';
