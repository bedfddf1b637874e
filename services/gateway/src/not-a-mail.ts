import { SluiceError } from '@sluice/contracts';

/** So many of the first bytes tell. */
export const HEAD_BYTES = 8;
const ZIPS = ['504b0304', '504b0506'].map(fromHex);
const ARCHIVES = ['1f8b', '377abcaf271c', '526172211a07', '425a68', 'fd377a585a00', '28b52ffd'].map(fromHex);
const OUTLOOK = fromHex('d0cf11e0a1b11ae1');
/** PDF, Windows programs, PNG, JPEG, GIF, ELF. */
const OTHERS = ['25504446', '4d5a9000', '89504e47', 'ffd8ff', '47494638', '7f454c46'].map(fromHex);

export const isZip = (head: Uint8Array): boolean => startsWith(head, ZIPS);

/** `not-a-mail` (422) for a file that no mail begins like; what looks like none in any other way is read all the same, and the report says so. */
export function faultOf(head: Uint8Array): SluiceError | null {
  if (startsWith(head, ARCHIVES)) return notAMail('Of archives, only zip is opened.');
  if (startsWith(head, [OUTLOOK])) {
    return notAMail('This is a message of Outlook (.msg), which is not read: save the mail as .eml.');
  }
  return startsWith(head, OTHERS) ? notAMail('This file is no mail.') : null;
}

/** As `faultOf`, of what is to be one mail: a zip is none either. */
export function faultOfMail(mail: Uint8Array): SluiceError | null {
  const head = mail.subarray(0, HEAD_BYTES);
  if (isZip(head)) return notAMail('This is an archive: POST /api/pipeline/requests takes the mails in it.');
  return faultOf(head);
}

function notAMail(message: string): SluiceError {
  return new SluiceError('not-a-mail', message, { httpStatus: 422 });
}

function startsWith(head: Uint8Array, magics: readonly Buffer[]): boolean {
  return magics.some((magic) => magic.equals(head.subarray(0, magic.byteLength)));
}

function fromHex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
