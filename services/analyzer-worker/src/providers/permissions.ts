import { type NotAsked, PROVIDERS, type Provider, type TenantPolicy, type Tlp, type Withheld } from '@sluice/contracts';
import { type SwitchedOffs, whyWithheld } from '@sluice/fleet/settings';
import { SETTING_OF } from './actions.ts';
import type { Keys } from './keys.ts';
import type { ProviderSettings } from './settings.ts';

export interface Permissions {
  /** Providers that have a key and may be asked. */
  enabled: Provider[];
  notAsked: NotAsked[];
  /** Providers that links may be handed to. */
  submits: Provider[];
  /** What only the tenant or the mail's TLP forbids. */
  withheld: Withheld[];
}

/** Only where nothing else stands against asking: then it leaves a gap in the report. */
const SWITCHED_OFF = 'switched off by the operator';

/** Whose mail it is, and how far what it says may travel. */
interface Owner {
  policy: Pick<TenantPolicy, 'defaultTlp' | 'release' | 'providers'>;
  tlp: Tlp | undefined;
  switchedOff: SwitchedOffs;
}

/** Whom a mail may be asked about, and why the others are not asked. The fleet's own switches are the ceiling; without an owner they are all that counts. */
export function permissionsOf(settings: ProviderSettings, keys: Keys, owner?: Owner): Permissions {
  const isOff = (provider: Provider) => owner?.switchedOff.has(provider) === true;
  const isSubmitting = whyNoKey(keys.urlscan) === null && settings.URLSCAN_SUBMIT !== 'off' && !isOff('urlscan');
  const whyNotSubmitted =
    isSubmitting && owner !== undefined ? whyWithheld(owner.policy, owner.tlp, 'submit', 'urlscan') : null;
  const whys = PROVIDERS.map((provider) => ({ provider, why: whyNotAsked(provider, settings, keys, owner) }));
  const permitted = whys.filter(({ why }) => why === null).map(({ provider }) => provider);
  return {
    enabled: permitted.filter((provider) => !isOff(provider)),
    notAsked: [
      ...whys.flatMap(({ provider, why }) => (why === null ? [] : [{ provider, why }])),
      ...permitted.filter(isOff).map((provider) => ({ provider, why: SWITCHED_OFF, isSwitchedOff: true as const })),
    ],
    submits: isSubmitting && whyNotSubmitted === null ? ['urlscan'] : [],
    withheld: whyNotSubmitted === null ? [] : [{ what: 'submit', why: whyNotSubmitted }],
  };
}

/** Gemini is a model: it sees content, the others see a question. */
function whyNotAsked(provider: Provider, settings: ProviderSettings, keys: Keys, owner?: Owner): string | null {
  const why = whyNoKey(keys[provider]);
  if (why !== null) return why;
  if (settings[`${SETTING_OF[provider]}_LOOKUP`] === 'off') return 'switched off';
  const what = provider === 'gemini' ? 'model' : 'lookup';
  return owner === undefined ? null : whyWithheld(owner.policy, owner.tlp, what, provider);
}

function whyNoKey(key: Keys[Provider]): string | null {
  if (key === undefined) return 'no key is set';
  return key === 'sealed' ? "the tenant's own key cannot be opened here" : null;
}
