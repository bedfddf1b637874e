import { wholeNumber } from '@sluice/fleet/service';
import { z } from 'zod';

/** Settings of the policy service; its port is shut where none is named. */
export const policySettings = {
  POLICY_PORT: wholeNumber(1, 65_535).optional(),
  /** The address that it listens on. */
  POLICY_HOST: z.string().default('127.0.0.1'),
  /** What is said of a recipient that may have its mail. `OK` ends the restrictions that come after ours in Postfix; `DUNNO` leaves them their word. */
  POLICY_ALLOW_ACTION: z.enum(['DUNNO', 'OK'], { error: 'is neither DUNNO nor OK' }).default('DUNNO'),
  /** What is said where nobody can say: the record or Redis is away and nothing is cached. */
  POLICY_WHEN_AWAY: z
    .enum(['DEFER_IF_PERMIT', 'DUNNO'], { error: 'is neither DEFER_IF_PERMIT nor DUNNO' })
    .default('DEFER_IF_PERMIT'),
  /** `ann+news@…` is ann's; as `recipient_delimiter` of Postfix. `none`: what stands before the @ is one name. */
  POLICY_ADDRESS_TAG: z
    .string()
    .regex(/^([-+=_.]|none)$/, 'is neither one of - + = _ . nor none')
    .default('+')
    .transform((text) => (text === 'none' ? null : text)),
  /** Each process of Postfix that talks to clients keeps one open. */
  POLICY_MAX_CONNECTIONS: wholeNumber(1, 10_000).default(500),
};
export type PolicySettings = z.output<z.ZodObject<typeof policySettings>>;
