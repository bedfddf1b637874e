/**
 * Settings that hold while the fleet runs; written by the gateway alone. They are no copies: they live for ever, like the configuration that they are.
 *
 * | key              | type    | what                                                                                    | life    |
 * | ---------------- | ------- | --------------------------------------------------------------------------------------- | ------- |
 * | settings:tenants | hash    | tenant → its policy as JSON (`TenantPolicy`)                                            | for ever |
 * | settings:quotas  | hash    | action, or `<action>@<tenant>` for a tenant's own key → quota as text (`parseWindows`)  | for ever |
 * | settings         | channel | what was changed, as JSON: {kind: tenant, tenant} or {kind: quotas}                     |         |
 */
export const TENANTS_KEY = 'settings:tenants';
export const QUOTAS_KEY = 'settings:quotas';
export const SETTINGS_CHANNEL = 'settings';
