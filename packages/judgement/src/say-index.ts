export { judge, withoutSay } from './say.ts';
export { faultsOfRules, openRules, type RuleBook } from './say-rules.ts';
export { textDigest } from './say-text.ts';
export { feedbackFindings, tracesOf } from './feedback.ts';
