import type { TenantId } from '@sluice/contracts';
import type { Logger } from '@sluice/fleet/service';
import type { SMTPServerAddress, SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { Budget } from '../../budget.ts';
import { resultOf, submitMail } from '../deliver.ts';
import { intakeMails, intakeRecipients } from '../metrics.ts';
import type { Recipient, Recipients, Submit } from '../port.ts';
import { type Stamps, traceOf } from '../stamp.ts';
import { collect } from './collect.ts';
import type { Connections } from './connections.ts';
import type { MailServerLimits } from './limits.ts';
import * as replies from './replies.ts';

export interface TransactionConfig {
  door: 'smtp' | 'lmtp';
  submit: Submit;
  recipients: Recipients;
  stamps: Stamps;
  budget: Budget;
  /** Ours. */
  name: string;
  limits: MailServerLimits;
  connections: Connections;
  log: Logger;
  now: () => number;
}

/** An answer of `250` with this text, or another one. */
export type Answer = string | Error;

/** What is said to recipients and mails. */
export function createTransaction(config: TransactionConfig) {
  const { door, submit, recipients, stamps, budget, name, limits, connections, log, now } = config;

  async function takeIn(mail: Buffer, tenant: TenantId, session: SMTPServerSession): Promise<Answer> {
    try {
      const jobId = await submitMail(submit, await stamps.stamp(mail, traceLines(session), tenant), tenant);
      intakeMails.inc({ door, result: 'accepted' });
      return `Taken in as ${jobId}`;
    } catch (error) {
      const result = resultOf(error);
      intakeMails.inc({ door, result });
      if (result === 'busy') log.warn('mail not taken in now', { door, tenant, error });
      else log.error('mail not taken in', { door, tenant, result, error });
      return replies.replyOf(result);
    }
  }

  /** Once for each tenant; the answers are in the order of the recipients. */
  async function takeInForAll(mail: Buffer, session: SMTPServerSession): Promise<Answer[]> {
    const tenants = session.envelope.rcptTo.map(({ address }) => connections.tenantOf(session, address));
    const each = [...new Set(tenants)].map(async (tenant) => [tenant, await takeIn(mail, tenant, session)] as const);
    const answers = new Map(await Promise.all(each));
    return tenants.map((tenant) => answers.get(tenant) ?? replies.replyOf('failed'));
  }

  function traceLines({ id, hostNameAppearsAs, remoteAddress, transmissionType, envelope }: SMTPServerSession): string {
    const mailFrom = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
    const protocol = transmissionType.replace('ELMTP', 'LMTP');
    return traceOf({ helo: hostNameAppearsAs, ip: remoteAddress, mailFrom, by: name, protocol, id, atMs: now() });
  }

  return {
    /** Null: it may have its mail. */
    async checkRecipient({ address }: SMTPServerAddress, session: SMTPServerSession): Promise<Error | null> {
      let found: Recipient | null;
      try {
        found = await recipients.find(address);
      } catch (error) {
        log.warn('recipient not looked up', { door, error });
        intakeRecipients.inc({ door, answer: 'unsure' });
        return replies.recipientUnsure();
      }
      intakeRecipients.inc({ door, answer: found === null ? 'unknown' : found.isActive ? 'known' : 'inactive' });
      if (found?.isActive === true) {
        connections.know(session, address, found.tenant);
        return null;
      }
      const refused = connections.countRefusal(session);
      if (door === 'smtp' && refused >= limits.unknownRecipients) return replies.tooManyErrors();
      return found === null ? replies.unknownRecipient() : replies.inactiveRecipient();
    },

    /** What to say to each recipient, in their order; `gone`: nobody listens any more. Never throws. */
    async receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Answer[] | 'gone'> {
      const collected = await collect(stream, budget, limits.mailBytes);
      connections.received(session);
      const all = (answer: Answer) => session.envelope.rcptTo.map(() => answer);
      switch (collected.kind) {
        case 'gone':
          return 'gone';
        case 'endless':
          intakeMails.inc({ door, result: 'refused' });
          connections.cut(session, replies.farTooLarge());
          return 'gone';
        case 'large':
          intakeMails.inc({ door, result: 'refused' });
          // The server says 552 by itself, whatever is said here.
          return all(replies.farTooLarge());
        case 'full':
          intakeMails.inc({ door, result: 'busy' });
          return all(replies.noMemory());
        case 'mail':
          break;
      }
      try {
        return collected.mail.length === 0 ? all(replies.emptyMail()) : await takeInForAll(collected.mail, session);
      } catch (error) {
        log.error('mail not taken in', { door, error });
        return all(replies.replyOf('failed'));
      } finally {
        collected.release();
      }
    },
  };
}

/** SMTP has one answer for all: the mail has to come again while it may still be taken in for one of them. Who has it already then has it once. */
export function oneAnswer(answers: readonly Answer[]): Answer {
  const refusals = answers.filter((answer) => answer instanceof replies.Reply);
  const worst = refusals.find(({ responseCode }) => responseCode < 500) ?? refusals[0];
  return worst ?? [...new Set(answers.map(String))].join(', ');
}
