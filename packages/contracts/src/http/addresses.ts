import { z } from 'zod';
import { TenantId } from '../ids.ts';
import { pageOf } from './lists.ts';

/** An address as people write it, or `@domain` for all of a domain. */
const WrittenAddress = z
  .string()
  .min(2)
  .max(320)
  .regex(/^\P{Cc}*@\P{Cc}+$/u, 'is no address and no @domain');

const Note = z
  .string()
  .max(500)
  .regex(/^\P{Cc}*$/u, 'has characters that cannot be seen');

/** An entry of `mail_addresses`: whose mail is taken in. */
export const MailAddressView = z.object({
  /** In its normal form: lower case, the domain in ASCII. */
  address: z.string(),
  tenant: TenantId,
  /** False: its mail is refused. */
  isActive: z.boolean(),
  note: z.string().nullable(),
  createdMs: z.number(),
  updatedMs: z.number(),
});
export type MailAddressView = z.infer<typeof MailAddressView>;

export const MailAddressPage = pageOf(MailAddressView);
export type MailAddressPage = z.infer<typeof MailAddressPage>;

/** `PUT /api/admin/addresses/{address}`: the whole of it. */
export const MailAddressUpdate = z.strictObject({
  isActive: z.boolean().default(true),
  note: Note.nullable().default(null),
});
export type MailAddressUpdate = z.infer<typeof MailAddressUpdate>;

/** `POST /api/admin/addresses`. */
export const NewMailAddress = z.strictObject({
  ...MailAddressUpdate.shape,
  address: WrittenAddress,
  /** Where nothing is said, that of the key that asks. */
  tenant: TenantId.optional(),
});
export type NewMailAddress = z.infer<typeof NewMailAddress>;
