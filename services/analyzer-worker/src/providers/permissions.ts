import { PROVIDERS, type Provider } from '@sluice/contracts';
import type { ProviderSettings } from './settings.ts';

export interface Permissions {
  /** Providers that have a key and may be asked. */
  enabled: Provider[];
  notAsked: { provider: Provider; why: string }[];
  /** Providers that links may be handed to. */
  submits: Provider[];
}

/** Whom this fleet may ask, and why it does not ask the others. */
export function permissionsOf(settings: ProviderSettings): Permissions {
  const whys = PROVIDERS.map((provider) => ({ provider, why: whyNot(provider, settings) }));
  const maySubmit = settings.URLSCAN_API_KEY !== undefined && settings.URLSCAN_SUBMIT !== 'off';
  return {
    enabled: whys.filter(({ why }) => why === null).map(({ provider }) => provider),
    notAsked: whys.flatMap(({ provider, why }) => (why === null ? [] : [{ provider, why }])),
    submits: maySubmit ? ['urlscan'] : [],
  };
}

function whyNot(provider: Provider, settings: ProviderSettings): string | null {
  const name = NAMES[provider];
  if (settings[`${name}_API_KEY`] === undefined) {
    return 'no key is set';
  }
  return settings[`${name}_LOOKUP`] === 'off' ? 'switched off' : null;
}

const NAMES = {
  virustotal: 'VIRUSTOTAL',
  abuseipdb: 'ABUSEIPDB',
  urlscan: 'URLSCAN',
  shodan: 'SHODAN',
  gemini: 'GEMINI',
} as const satisfies Record<Provider, string>;
