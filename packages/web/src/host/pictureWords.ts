export const picture = {
  label: 'Picture',
  choose: 'Choose a picture',
  change: 'Change',
  changeIt: 'Change the picture',
  remove: 'Remove',
  removeIt: 'Remove the picture',
  file: 'File with a picture',
  hint: 'Everyone in the chat sees it; the server does not.',
  cannot: 'This cannot be used as a picture. Try a JPEG or PNG.',
};
