import { SluiceError } from '@sluice/contracts';

const MB = 1_024 * 1_024;

/** What may be wrong with a batch or with one mail of it. */
export const faults = {
  brokenOff: () => new SluiceError('bad-request', 'The request broke off.', { httpStatus: 400 }),
  badForm: () => new SluiceError('bad-request', 'The multipart body could not be read.', { httpStatus: 400 }),
  noBoundary: () => new SluiceError('bad-request', 'The multipart body has no boundary.', { httpStatus: 400 }),
  lateField: (name: string) => {
    const message = `The field ${name} has to come before the files: it is about all of them.`;
    return new SluiceError('bad-request', message, { httpStatus: 400 });
  },
  notBase64: () => new SluiceError('bad-request', 'This mail is not in base64.', { httpStatus: 400 }),
  empty: () => new SluiceError('empty-mail', 'There is no mail in it.', { httpStatus: 400 }),
  mailTooLarge: () => new SluiceError('too-large', 'A mail may have 25 MB at most.', { httpStatus: 413 }),
  bodyTooLarge: (bytes: number) =>
    new SluiceError('too-large', `The body may have ${Math.floor(bytes / MB)} MB at most.`, { httpStatus: 413 }),
  tooMany: (mails: number) =>
    new SluiceError('too-many-mails', `A request may have ${mails} mails at most; the rest was not read.`, {
      httpStatus: 413,
    }),
  badArchive: () =>
    new SluiceError('bad-archive', 'The archive is damaged, or is no zip; from here on it was not read.', {
      httpStatus: 422,
    }),
  badEntry: (message = 'This file in the archive is damaged.') =>
    new SluiceError('bad-archive', message, { httpStatus: 422 }),
  encrypted: () =>
    new SluiceError('encrypted-entry', 'This file is encrypted; pack it without a password.', { httpStatus: 422 }),
  nested: () =>
    new SluiceError('nested-archive', 'This is an archive within an archive, which is not opened.', {
      httpStatus: 422,
    }),
  bomb: () =>
    new SluiceError('archive-bomb', 'What is packed here is out of proportion, and was not unpacked.', {
      httpStatus: 422,
    }),
  unsupported: () =>
    new SluiceError(
      'unsupported-body',
      'A request is multipart/form-data with files, application/mbox, application/zip or application/json.',
      { httpStatus: 415 },
    ),
};
