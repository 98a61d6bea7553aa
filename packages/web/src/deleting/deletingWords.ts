/** What is read while one deletes; beside the code that is loaded for it, so that nobody else waits for it. */
export const deleting = {
  title: 'Delete this message?',
  here: 'On this device it is gone for good, with every quote of it. Only copies outside of Sotto may still hold it: backups of this computer, or what its drive keeps for a while.',
  others: 'The others keep it.',
  everyone:
    'For everyone: their apps are asked to delete it too, and a line in the chat says that you did. An app that was changed, or a photo of the screen, keeps it.',
  forMe: 'Delete for me',
  forEveryone: 'Delete for everyone',
  doneForMe: 'Message deleted from this device',
  doneForEveryone: 'Message deleted. The others’ apps have been asked to delete it.',
  onItsWay: 'It is still on its way. Try again once it is sent.',
  gone: 'It is no longer on this device.',
};
