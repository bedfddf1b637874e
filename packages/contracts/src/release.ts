import { z } from 'zod';

/** Traffic Light Protocol 2.0 (FIRST): how far what a mail says may travel. */
export const TLPS = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const;
export const Tlp = z.enum(TLPS);
export type Tlp = z.infer<typeof Tlp>;

/**
 * What may leave the fleet: `visit` opens a link, `lookup` asks a provider what it knows of a resource, `submit` hands a link over to be looked at,
 * `model` gives redacted content to a language model.
 */
export const RELEASES = ['visit', 'lookup', 'submit', 'model'] as const;
export const Release = z.enum(RELEASES);
export type Release = z.infer<typeof Release>;

/** What was left out on purpose: the mail's TLP, its tenant's or the fleet's settings say so; for providers that are not asked see `notAsked`. */
export const Withheld = z.object({
  what: z.enum(['visit', 'submit']),
  /** How many links; missing where nobody counted. */
  count: z.int().positive().optional(),
  /** Goes on from "it is not done, because". */
  why: z.string(),
});
export type Withheld = z.infer<typeof Withheld>;

export const ReleaseRules = z.record(Tlp, z.array(Release));
export type ReleaseRules = z.infer<typeof ReleaseRules>;

/** By default nothing is handed over: links are opened and providers are looked up, and of what is not to be shared not even that. */
export const DEFAULT_RELEASE: ReleaseRules = {
  clear: ['visit', 'lookup'],
  green: ['visit', 'lookup'],
  amber: ['visit', 'lookup'],
  'amber+strict': ['visit'],
  red: [],
};
