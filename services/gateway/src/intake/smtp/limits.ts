import { MAIL_CAP_BYTES } from '@sluice/contracts';

export interface MailServerLimits {
  /** A client that says nothing for so long is cut off. */
  idleMs: number;
  /** From `DATA` to its end. */
  dataMs: number;
  /** A connection's life; a mail that is under way then still comes to its end. */
  sessionMs: number;
  /** At the stop, so long a transaction may take to its end. */
  drainMs: number;
  mailBytes: number;
  recipients: number;
  /** Unknown addresses that one may try over SMTP before a mail is taken in. */
  unknownRecipients: number;
}

export const LIMITS: MailServerLimits = {
  idleMs: 60_000,
  dataMs: 600_000,
  sessionMs: 1_800_000,
  drainMs: 10_000,
  mailBytes: MAIL_CAP_BYTES,
  recipients: 100,
  unknownRecipients: 20,
};
