/** In a file of its own: loaded alone, by a page that needs nothing else of the engine yet. */
export { registrationHere } from '@sotto/client/window';
