import { type CreatedWebhook, VERDICTS, WEBHOOK_EVENTS, type WebhookView } from '@sluice/contracts';
import { type OptionTable, readOneOf, readOperands, UsageError, type Values } from '../options.ts';
import type { Printer } from '../printer.ts';
import { command } from '../spec.ts';
import { type Cell, moment } from '../table.ts';
import { showDone, showList, showOne } from './show.ts';
import { LIMIT, take } from './take.ts';

const CHANGES = {
  event: {
    type: 'string',
    multiple: true,
    value: 'EVENT',
    says: `may be given more than once: ${WEBHOOK_EVENTS.join(', ')}`,
  },
  name: { type: 'string', value: 'NAME', says: 'for people' },
  'min-verdict': { type: 'string', value: 'VERDICT', says: 'for the event verdict: from this one on; suspicious' },
  active: { type: 'boolean', says: 'switched on' },
  inactive: { type: 'boolean', says: 'switched off: it is told of nothing but tests' },
} as const satisfies OptionTable;

function readChanges(values: Values<typeof CHANGES>) {
  if (values.active === true && values.inactive === true)
    throw new UsageError('--active and --inactive exclude each other.');
  const events = values.event?.map((one) => readOneOf('event', one, WEBHOOK_EVENTS) ?? 'verdict');
  const minVerdict = readOneOf('min-verdict', values['min-verdict'], VERDICTS);
  return {
    ...(events === undefined ? {} : { events }),
    ...(values.name === undefined ? {} : { name: values.name }),
    ...(minVerdict === undefined ? {} : { minVerdict }),
    ...(values.active === true ? { isActive: true } : {}),
    ...(values.inactive === true ? { isActive: false } : {}),
  };
}

function fieldsOf({ id, name, url, events, minVerdict, isActive, createdMs }: WebhookView): Cell[][] {
  return [
    ['Webhook', id],
    ['Name', name],
    ['URL', { plain: url }],
    ['Told of', events.join(', ')],
    ['Verdicts', `from ${minVerdict} on`],
    ['State', isActive ? 'on' : 'off'],
    ['Made', moment(createdMs)],
  ];
}

/** The one time that the secret is shown. */
async function showSecret(out: Printer, created: CreatedWebhook): Promise<void> {
  await showOne(out, created, [['Secret', { plain: created.secret }], ...fieldsOf(created.view)]);
  if (!out.isJson) await out.lines('', 'Keep the secret now: it is not shown again.');
}

const list = command({
  name: 'webhooks list',
  summary: 'whom the tenant wants to be told',
  async run({ operands, out, connect, signal }) {
    readOperands(operands);
    const { webhooks } = await (await connect()).webhooks.list(signal);
    await showList(
      out,
      webhooks,
      ['WEBHOOK', 'STATE', 'TOLD OF', 'NAME', 'URL'],
      ({ id, isActive, events, name, url }) => {
        return [id, isActive ? 'on' : 'off', events.join(', '), name, { plain: url }];
      },
    );
  },
});

const show = command({
  name: 'webhooks show',
  operands: 'WEBHOOK',
  summary: 'one webhook',
  async run({ operands, out, connect, signal }) {
    const [id] = readOperands(operands, 'The webhook’s id');
    const view = await (await connect()).webhooks.find(id, signal);
    await showOne(out, view, fieldsOf(view));
  },
});

const create = command({
  name: 'webhooks create',
  operands: 'URL --event EVENT',
  summary: 'makes a webhook; the secret that signs is shown this once',
  options: CHANGES,
  async run({ values, operands, out, connect, signal }) {
    const [url] = readOperands(operands, 'The URL');
    const { events, ...changes } = readChanges(values);
    if (events === undefined) throw new UsageError(`--event is needed: ${WEBHOOK_EVENTS.join(', ')}.`);
    await showSecret(out, await (await connect()).webhooks.create({ url, events, ...changes }, signal));
  },
});

const set = command({
  name: 'webhooks set',
  operands: 'WEBHOOK',
  summary: 'changes what is named of a webhook; the rest stays',
  options: { ...CHANGES, to: { type: 'string', value: 'URL', says: 'another URL' } },
  async run({ values, operands, out, connect, signal }) {
    const [id] = readOperands(operands, 'The webhook’s id');
    const changes = readChanges(values);
    const { webhooks } = await connect();
    const { url, events, name, minVerdict, isActive } = await webhooks.find(id, signal);
    const held = { url: values.to ?? url, events, name, minVerdict, isActive };
    const view = await webhooks.replace(id, { ...held, ...changes }, signal);
    await showOne(out, view, fieldsOf(view));
  },
});

const secret = command({
  name: 'webhooks secret',
  operands: 'WEBHOOK',
  summary: 'makes a new secret; the old one signs nothing any more',
  async run({ operands, out, connect, signal }) {
    const [id] = readOperands(operands, 'The webhook’s id');
    await showSecret(out, await (await connect()).webhooks.newSecret(id, signal));
  },
});

const remove = command({
  name: 'webhooks remove',
  operands: 'WEBHOOK',
  summary: 'what is on the way to it is not sent any more',
  async run({ operands, out, connect, signal }) {
    const [id] = readOperands(operands, 'The webhook’s id');
    await (await connect()).webhooks.remove(id, signal);
    await showDone(out, { id, isRemoved: true }, `${id} is removed.`);
  },
});

const test = command({
  name: 'webhooks test',
  operands: 'WEBHOOK',
  summary: 'sends it a message',
  async run({ operands, out, connect, signal }) {
    const [id] = readOperands(operands, 'The webhook’s id');
    const ordered = await (await connect()).webhooks.test(id, signal);
    await showDone(out, ordered, `${ordered.delivery} is on its way: sluice webhooks deliveries ${id}.`);
  },
});

const deliveries = command({
  name: 'webhooks deliveries',
  operands: 'WEBHOOK',
  summary: 'what was sent to it, newest first',
  options: LIMIT,
  async run({ values, operands, out, connect, signal }) {
    const [id] = readOperands(operands, 'The webhook’s id');
    const { webhooks } = await connect();
    const found = take(values.limit, ({ limit }) => webhooks.deliveries(id, { limit: Math.min(100, limit) }, signal));
    const head = ['DELIVERY', 'ASKED FOR', 'EVENT', 'ABOUT', 'STATE', 'TRIES', 'ANSWER'];
    await showList(out, found, head, ({ id: delivery, createdMs, event, subject, state, attempts, status, error }) => {
      return [
        delivery,
        moment(createdMs),
        event,
        { plain: subject },
        state,
        attempts,
        status ?? error?.message ?? null,
      ];
    });
  },
});

const redeliver = command({
  name: 'webhooks redeliver',
  operands: 'WEBHOOK DELIVERY',
  summary: 'tries again what failed; sends again what was delivered',
  async run({ operands, out, connect, signal }) {
    const [id, delivery] = readOperands(operands, 'The webhook’s id', 'The delivery');
    const ordered = await (await connect()).webhooks.redeliver(id, delivery, signal);
    await showDone(out, ordered, `${ordered.delivery} is on its way.`);
  },
});

export const webhookCommands = [list, show, create, set, secret, remove, test, deliveries, redeliver];
