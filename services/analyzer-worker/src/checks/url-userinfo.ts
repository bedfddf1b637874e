import type { IndicatorCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';
import { isWeb } from './look.ts';

export const urlUserinfo: IndicatorCheck = ({ urls }) =>
  findingFrom({
    id: 'url.userinfo',
    severity: 'high',
    weight: 45,
    category: 'phishing',
    title: 'A link pretends to lead somewhere else',
    explanation:
      'Everything before the @ in a web address is ignored; the real site stands after it. It is a way to show a trusted name.',
    evidence: urls.filter((url) => isWeb(url) && hasUserinfo(url.url)).map((url) => quoteOf('url', url.url)),
  });

function hasUserinfo(url: string): boolean {
  return URL.parse(url)?.username.includes('.') ?? false;
}
