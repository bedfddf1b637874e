import { Counter, Gauge } from 'prom-client';

/** `accepted`: there is a durable job. `refused`: for good. `busy`: to come again. `failed`: something inside. */
export type IntakeResult = 'accepted' | 'refused' | 'busy' | 'failed';

export const intakeMails = new Counter({
  name: 'sluice_intake_mails_total',
  help: 'Mails that came by ingest, smtp, lmtp or amqp, for each tenant that they were for: accepted, refused, busy, failed.',
  labelNames: ['door', 'result'],
});

export const intakeRecipients = new Counter({
  name: 'sluice_intake_recipients_total',
  help: 'Recipients that were asked for over smtp or lmtp: known, unknown, inactive, unsure.',
  labelNames: ['door', 'answer'],
});

export const intakeConnections = new Gauge({
  name: 'sluice_intake_connections',
  help: 'Connections of smtp and lmtp at this moment; of amqp, whether it is connected.',
  labelNames: ['door'],
});
