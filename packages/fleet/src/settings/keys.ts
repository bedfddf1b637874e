/**
 * Settings that hold while the fleet runs; written by the gateway alone. They are no copies: they live for ever, like the configuration that they are.
 *
 * | key              | type    | what                                                                                    | life    |
 * | ---------------- | ------- | --------------------------------------------------------------------------------------- | ------- |
 * | settings:tenants | hash    | tenant → its policy as JSON (`TenantPolicy`); and the marker                            | for ever |
 * | settings:quotas  | hash    | action, or `<action>@<tenant>` for a tenant's own key → quota as text (`parseWindows`); and the marker | for ever |
 * | settings:switches | hash   | a pipeline's or provider's name → who switched it off, when and why, as JSON (`SwitchedOff`); what is on is missing; and the marker | for ever |
 * | settings:judgement | hash  | tenant → what its operator says of its mails, as JSON (`JudgementSay`); and the marker  | for ever |
 * | settings:feedback:{tenant}:digest | string | how an analyst judged a mail with what the digest stands for, as JSON (`FeedbackHint`) | 180 days |
 * | settings:feedback:published | string | that Redis holds what the record knows of them | 180 days |
 * | settings         | channel | what was changed, as JSON: {kind: tenant, tenant}, {kind: quotas}, {kind: switches} or {kind: any}        |         |
 *
 * The marker is the field `settings:epoch`: when the gateway last published all that the record holds, epoch ms. A hash without it was lost, or never published.
 * It is a field and no key of its own, because a Cluster may lose one server's keys and keep another's: the hash and its marker are lost together. While a gateway
 * restores a hash, the field `settings:restoring` holds its token. No tenant and no action has a colon in its name.
 */
export const TENANTS_KEY = 'settings:tenants';
export const QUOTAS_KEY = 'settings:quotas';
export const SWITCHES_KEY = 'settings:switches';
export const SAYS_KEY = 'settings:judgement';
export const HINTS_PREFIX = 'settings:feedback:';
export const SETTINGS_CHANNEL = 'settings';
export const EPOCH_FIELD = 'settings:epoch';
export const RESTORING_FIELD = 'settings:restoring';
