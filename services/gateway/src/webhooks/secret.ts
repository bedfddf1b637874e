import { randomBytes } from 'node:crypto';

const ID_BYTES = 8;
const SECRET_BYTES = 32;

export function makeWebhookId(): string {
  return `wh_${randomBytes(ID_BYTES).toString('hex')}`;
}

/** As Standard Webhooks writes a secret: `whsec_` and base64. It is shown once, and stored sealed. */
export function makeWebhookSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}
