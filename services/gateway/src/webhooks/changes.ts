import {
  MOST_WEBHOOKS,
  SluiceError,
  type TenantId,
  type Webhook,
  type WebhookId,
  type WebhookUpdate,
} from '@sluice/contracts';
import { type DataKey, seal } from '@sluice/fleet/settings';
import type { TenantBook } from '../tenants/book.ts';
import { makeWebhookId, makeWebhookSecret } from './secret.ts';

interface WebhookChangesConfig {
  book: Pick<TenantBook, 'change'>;
  /** Seals secrets; undefined: there can be none. */
  dataKey: DataKey | undefined;
  now?: () => number;
}

/** A webhook, and its secret where that is new. */
export interface WithSecret {
  webhook: Webhook;
  secret: string;
}

export type WebhookChanges = ReturnType<typeof createWebhookChanges>;

/** What changes a tenant's webhooks. Throws `tenant-not-found`, `webhook-not-found` (404), `no-data-key`, `too-many-webhooks` (409). */
export function createWebhookChanges({ book, dataKey, now = Date.now }: WebhookChangesConfig) {
  function freshSecret(): { secret: string; sealed: string } {
    if (dataKey === undefined) {
      throw new SluiceError('no-data-key', 'A secret is stored encrypted only, and DATA_KEY is not set.', {
        httpStatus: 409,
      });
    }
    const secret = makeWebhookSecret();
    return { secret, sealed: seal(dataKey, secret) };
  }

  async function edit(tenant: TenantId, id: WebhookId, change: (held: Webhook) => Webhook): Promise<Webhook> {
    const { webhooks } = await book.change(tenant, (policy) => {
      const held = requireWebhook(policy.webhooks, id);
      return { ...policy, webhooks: policy.webhooks.map((each) => (each === held ? change(held) : each)) };
    });
    return requireWebhook(webhooks, id);
  }

  return {
    async create(tenant: TenantId, update: WebhookUpdate): Promise<WithSecret> {
      const { secret, sealed } = freshSecret();
      const webhook = { id: makeWebhookId(), ...tidy(update), secret: sealed, createdMs: now() };
      await book.change(tenant, (policy) => {
        if (policy.webhooks.length >= MOST_WEBHOOKS) throw tooMany();
        return { ...policy, webhooks: [...policy.webhooks, webhook] };
      });
      return { webhook, secret };
    },

    /** Its secret stays. */
    replace: (tenant: TenantId, id: WebhookId, update: WebhookUpdate): Promise<Webhook> =>
      edit(tenant, id, (held) => ({ ...held, ...tidy(update) })),

    /** It is told of nothing any more, until somebody switches it on again. */
    shut: (tenant: TenantId, id: WebhookId): Promise<Webhook> =>
      edit(tenant, id, (held) => ({ ...held, isActive: false })),

    /** A new secret, which holds from now on in the place of the old one. */
    async renew(tenant: TenantId, id: WebhookId): Promise<WithSecret> {
      const { secret, sealed } = freshSecret();
      return { webhook: await edit(tenant, id, (held) => ({ ...held, secret: sealed })), secret };
    },

    async remove(tenant: TenantId, id: WebhookId): Promise<void> {
      await book.change(tenant, (policy) => {
        const held = requireWebhook(policy.webhooks, id);
        return { ...policy, webhooks: policy.webhooks.filter((each) => each !== held) };
      });
    },
  };
}

/** Each event once, and the URL as it will be asked for. */
function tidy(update: WebhookUpdate): WebhookUpdate {
  return { ...update, url: new URL(update.url).href, events: [...new Set(update.events)] };
}

export function requireWebhook(webhooks: readonly Webhook[], id: WebhookId): Webhook {
  const webhook = webhooks.find((each) => each.id === id);
  if (webhook === undefined) throw noWebhook();
  return webhook;
}

export function noWebhook(): SluiceError {
  return new SluiceError('webhook-not-found', 'There is no such webhook.', { httpStatus: 404 });
}

function tooMany(): SluiceError {
  const message = `A tenant may have ${MOST_WEBHOOKS} webhooks.`;
  return new SluiceError('too-many-webhooks', message, { httpStatus: 409 });
}
