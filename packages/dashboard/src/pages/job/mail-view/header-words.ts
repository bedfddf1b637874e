/** What headers mean, for people who do not read mail for a living. */
const MEANINGS: Readonly<Record<string, string>> = {
  from: 'Who wrote it, says the mail. Anybody may write anything here.',
  sender: 'Who sent it for the author.',
  'reply-to': 'Where answers go. Another domain than that of From is a sign of fraud.',
  'return-path': 'Where undeliverable mail goes back to; SPF looks at its domain.',
  to: 'To whom it says it goes; what counts is the envelope.',
  cc: 'Who gets a copy.',
  subject: 'What it says it is about.',
  date: 'When the sender says it was written.',
  'message-id': 'Its name; the domain in it is often that of the real sender.',
  received: 'A stop on its way. Each server writes one above the others.',
  'received-spf': 'What a server found when it looked whether the sender may send for the domain.',
  'authentication-results': 'What a server found by SPF, DKIM and DMARC.',
  'dkim-signature': 'A signature of the domain d= over the content.',
  'arc-seal': 'A server on the way vouches for what it saw.',
  'arc-message-signature': 'A signature of a server on the way.',
  'arc-authentication-results': 'What a server on the way found.',
  'x-mailer': 'The program that sent it, as it says.',
  'user-agent': 'The program that sent it, as it says.',
  'x-originating-ip': 'From which machine it was handed in, as a mail provider says.',
  'x-spam-status': 'What a filter on the way thought of it.',
  'list-unsubscribe': 'Where to leave a mailing list. It tells the sender that the address is read.',
  'content-type': 'Of which kind the content is.',
  'content-transfer-encoding': 'How the content is packed.',
  'mime-version': 'That it has parts.',
  'in-reply-to': 'To which mail it is an answer.',
  references: 'The mails before it in the conversation.',
  precedence: 'Sent to many.',
  'x-priority': 'How urgent it wants to be.',
  importance: 'How urgent it wants to be.',
};

/** Null for headers that nobody has agreed on. */
export function meaningOf(name: string): string | null {
  return Object.hasOwn(MEANINGS, name) ? (MEANINGS[name] ?? null) : null;
}
