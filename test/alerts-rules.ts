import { readYaml } from './deploy-yaml.ts';

interface AlertRule {
  alert: string;
  expr: string;
  annotations: { runbook: string; summary: string };
}

export const RULES = 'deploy/prometheus/rules/sluice.yml';

/** Every alert, in the order of the file. */
export const alertRules = (readYaml(RULES) as { groups: { rules: AlertRule[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
