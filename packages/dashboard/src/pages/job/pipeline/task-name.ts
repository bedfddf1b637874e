import { PROVIDER_NAMES, Provider } from '@sluice/contracts';
import type { TaskRun } from '../../../data/run.ts';

const NAMES: Readonly<Record<string, string>> = {
  'mail.parse': 'Read the mail',
  'mail.extract': 'Find links, addresses, files',
  'mail.check': 'Check the mail',
  'mail.authenticate': 'DKIM, SPF, DMARC',
  'mail.opinion': 'Ask a model',
  'observable.extract': 'Understand the observable',
  'observable.check': 'Check the observable',
  'sandbox.visit': 'Open a link',
  'provider.lookup': 'Ask',
  'provider.submit': 'Hand a link to',
  'evidence.check': 'Weigh the evidence',
  'report.aggregate': 'Put it together',
  'report.score': 'Score it',
};

/** What a task does, in words: `Ask VirusTotal · 3f2a`. Its id names the provider and the resource. */
export function taskTitle({ id, name }: Pick<TaskRun, 'id' | 'name'>): string {
  const parts = id.split('.');
  const provider = parts.map((part) => Provider.safeParse(part).data).find((found) => found !== undefined);
  const resource = parts.find((part) => /^[0-9a-f]{16}$/.test(part));
  const words = [NAMES[name] ?? name, ...(provider === undefined ? [] : [PROVIDER_NAMES[provider]])].join(' ');
  return resource === undefined ? words : `${words} · ${resource.slice(0, 6)}`;
}

/** What a quota is called: `virustotal@tenant` as `VirusTotal`. */
export function quotaTitle(quota: string): string {
  const [action = quota] = quota.split(/[@:]/);
  const provider = Provider.safeParse(action.split('-')[0]).data;
  return provider === undefined
    ? action
    : `${PROVIDER_NAMES[provider]}${action.includes('-') ? ` (${action.split('-').slice(1).join(' ')})` : ''}`;
}
