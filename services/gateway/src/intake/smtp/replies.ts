import type { IntakeResult } from '../metrics.ts';

/** An answer that is no `250`. Its text begins with the enhanced code of RFC 3463. */
export class Reply extends Error {
  readonly responseCode: number;

  constructor(responseCode: number, text: string) {
    super(text);
    this.name = 'Reply';
    this.responseCode = responseCode;
  }
}

export const unknownRecipient = () => new Reply(550, '5.1.1 There is no such address here');
export const inactiveRecipient = () => new Reply(550, '5.2.1 This address does not take mail at the moment');
export const recipientUnsure = () =>
  new Reply(451, '4.3.0 The addresses cannot be looked up at the moment, try again later');
export const tooManyErrors = () => new Reply(421, '4.7.0 Too many unknown addresses, closing connection');
export const tooSlow = () => new Reply(421, '4.4.2 The mail did not come to its end in time, closing connection');
export const farTooLarge = () => new Reply(552, '5.3.4 The mail is too large');
export const emptyMail = () => new Reply(554, '5.6.0 The mail is empty');
export const noMemory = () => new Reply(451, '4.3.1 Too many mails come at the same time, try again later');
export const ended = () => new Reply(421, '4.3.2 The server stops, try again later');

/** For a mail that was not taken in. */
export function replyOf(result: Exclude<IntakeResult, 'accepted'>): Reply {
  if (result === 'busy') return new Reply(451, '4.3.1 The fleet takes no mail at the moment, try again later');
  if (result === 'refused') return new Reply(554, '5.6.0 This mail cannot be taken in');
  return new Reply(451, '4.3.0 Something inside failed, try again later');
}
