import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import {
  Feedback,
  FeedbackHint,
  FeedbackLine,
  FeedbackList,
  HeldSay,
  JudgementSay,
  NewFeedback,
  SayTrial,
  SayTrialRequest,
  Accepted,
  AcceptedRequest,
  ApiKeyPage,
  AuditPage,
  Authentication,
  BatchSubmission,
  CacheStats,
  Cancelled,
  CreatedApiKey,
  DeadLetter,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterGroups,
  DeadLetterOrder,
  DeadLetterOrdered,
  DeadLetterPage,
  DeadLetterStats,
  DeskOrder,
  Dossier,
  EmailScanInput,
  Erased,
  Erasure,
  Findings,
  FleetFile,
  FleetMessage,
  FleetStats,
  GoneWebhook,
  Indicators,
  JobEvent,
  JobEventBody,
  JobImage,
  JobMeta,
  JobPage,
  JobStatus,
  JobsMessage,
  MailAddressPage,
  MailAddressUpdate,
  MailDocument,
  NewApiKey,
  NewMailAddress,
  NewTenant,
  ObservableScanInput,
  OrchestratorStats,
  PolicyAnswer,
  Problem,
  ProviderAnswer,
  QuotaList,
  QuotaSettings,
  QuotaUpdate,
  Report,
  RequestCancelled,
  RequestPage,
  RequestRetried,
  RequestStatus,
  ResourceSet,
  Retried,
  RotateApiKey,
  SessionRequest,
  SessionView,
  SocketMessage,
  SwitchedOff,
  Switches,
  SwitchUpdate,
  SubmitRequest,
  TaskAttempt,
  type TaskDefinition,
  TaskMessage,
  TaskOutcome,
  TaskRecord,
  tasks,
  TenantPage,
  TenantPolicy,
  TenantStats,
  TenantUpdate,
  VisitFacts,
  WorkerReport,
  NotifyInput,
  WebhookMessage,
  WebhookList,
  WebhookUpdate,
  CreatedWebhook,
  DeliveryPage,
  DeliveryOrdered,
} from '../src/index.ts';

const FOLDER = new URL('golden/', import.meta.url);
const ENDING = '.v1.json';

/** By the beginning of a file's name; what follows it, `.before-visits` for example, says which shape of the version it is. */
const SCHEMAS: Record<string, z.ZodType> = {
  'job-meta': JobMeta,
  'job-status': JobStatus,
  'job-event': JobEvent,
  'socket-snapshot': SocketMessage,
  'jobs-message': JobsMessage,
  'fleet-message': FleetMessage,
  'task-message': TaskMessage,
  'task-record': TaskRecord,
  'task-outcome': TaskOutcome,
  'mail-document': MailDocument,
  indicators: Indicators,
  findings: Findings,
  'resource-set': ResourceSet,
  'visit-facts': VisitFacts,
  'provider-answer': ProviderAnswer,
  authentication: Authentication,
  dossier: Dossier,
  report: Report,
  'email-scan-input': EmailScanInput,
  'observable-scan-input': ObservableScanInput,
  'submit-request': SubmitRequest,
  accepted: Accepted,
  problem: Problem,
  'worker-report': WorkerReport,
  'orchestrator-stats': OrchestratorStats,
  'quota-list': QuotaList,
  'cache-stats': CacheStats,
  'cache-stats-days': CacheStats,
  'fleet-file': FleetFile,
  'session-request': SessionRequest,
  'session-view': SessionView,
  'api-key-page': ApiKeyPage,
  'new-api-key': NewApiKey,
  'created-api-key': CreatedApiKey,
  'rotate-api-key': RotateApiKey,
  'tenant-page': TenantPage,
  'tenant-update': TenantUpdate,
  'new-tenant': NewTenant,
  erasure: Erasure,
  erased: Erased,
  'quota-update': QuotaUpdate,
  'quota-settings': QuotaSettings,
  switches: Switches,
  'switched-off': SwitchedOff,
  'switch-update': SwitchUpdate,
  'dead-letter-page': DeadLetterPage,
  'dead-letter-groups': DeadLetterGroups,
  'dead-letter-order': DeadLetterOrder,
  'dead-letter-ordered': DeadLetterOrdered,
  'audit-page': AuditPage,
  'job-page': JobPage,
  'mail-address-page': MailAddressPage,
  'mail-address-update': MailAddressUpdate,
  'new-mail-address': NewMailAddress,
  'policy-answer': PolicyAnswer,
  cancelled: Cancelled,
  retried: Retried,
  'batch-submission': BatchSubmission,
  'accepted-request': AcceptedRequest,
  'request-status': RequestStatus,
  'request-page': RequestPage,
  'request-retried': RequestRetried,
  'request-cancelled': RequestCancelled,
  'fleet-stats': FleetStats,
  'tenant-stats': TenantStats,
  'tenant-policy': TenantPolicy,
  'gone-webhook': GoneWebhook,
  'notify-input': NotifyInput,
  'webhook-message': WebhookMessage,
  'webhook-list': WebhookList,
  'webhook-update': WebhookUpdate,
  'created-webhook': CreatedWebhook,
  'delivery-page': DeliveryPage,
  'delivery-ordered': DeliveryOrdered,
  'task-attempt': TaskAttempt,
  'dead-letter': DeadLetter,
  'dead-letter-filter': DeadLetterFilter,
  'dead-letter-group': DeadLetterGroup,
  'dead-letter-stats': DeadLetterStats,
  'desk-order': DeskOrder,
  'job-image': JobImage,
  'judgement-say': JudgementSay,
  'held-say': HeldSay,
  'say-trial-request': SayTrialRequest,
  'say-trial': SayTrial,
  'new-feedback': NewFeedback,
  feedback: Feedback,
  'feedback-list': FeedbackList,
  'feedback-hint': FeedbackHint,
  'feedback-line': FeedbackLine,
};
const definitions: Record<string, TaskDefinition> = tasks;

const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length));
const documents = names.filter((name) => !name.startsWith('task.'));
const taskNames = names.filter((name) => name.startsWith('task.')).map((name) => name.slice('task.'.length));

/** Behind the task's name may stand which older shape it is: `mail.parse.before-targets`. */
const taskOf = (name: string) => name.split('.').slice(0, 2).join('.');

function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}${ENDING}`, FOLDER), 'utf8'));
}

/** What was stored or sent once is read as it was: no key is lost, and reading it again changes nothing. */
function expectRead(schema: z.ZodType, stored: unknown): void {
  const read = schema.parse(stored);
  expect(read).toMatchObject(stored as object);
  expect(schema.parse(JSON.parse(JSON.stringify(read)))).toEqual(read);
}

describe('what was ever stored or sent is still read, and nothing of it is lost:', () => {
  test.each(documents)('%s', (name) => {
    const schema = SCHEMAS[name.split('.')[0] ?? ''];
    if (schema === undefined) throw new Error(`no schema is named for ${name}${ENDING}`);
    expectRead(schema, golden(name));
  });

  test.each(taskNames)('payload and result of %s', (name) => {
    const { payload, result } = golden(`task.${name}`) as { payload: unknown; result: unknown };
    const definition = definitions[taskOf(name)];
    if (definition === undefined) throw new Error(`there is no task ${name} any more`);
    expectRead(definition.payload, payload);
    expectRead(definition.result, result);
  });
});

describe('a golden file stands for', () => {
  test('every schema', () => {
    const covered = new Set(documents.map((name) => name.split('.')[0]));
    expect(Object.keys(SCHEMAS).filter((name) => !covered.has(name))).toEqual([]);
  });

  test('every task', () => {
    expect([...new Set(taskNames.map(taskOf))].toSorted()).toEqual(Object.keys(tasks).toSorted());
  });

  test('every type of event', () => {
    const types = JobEventBody.options.map(({ shape }) => `job-event.${shape.type.value}`);
    expect(documents.filter((name) => name.startsWith('job-event.')).toSorted()).toEqual(types.toSorted());
  });
});

describe('a report stored before visits and answers were part of it', () => {
  test.each(['report.before-visits', 'report.of-observable.before-visits'])('has none of them: %s', (name) => {
    const stored = golden(name) as object;
    for (const key of ['visits', 'answers', 'authentication', 'timings', 'changes'])
      expect(stored).not.toHaveProperty(key);
    const none = { visits: [], answers: [], authentication: null, timings: [], changes: null };
    expect(Report.parse(stored)).toMatchObject(none);
  });

  test('and its dossier, its findings and its visits are read with what was left out', () => {
    const { visits, answers, authentication } = Dossier.parse(golden('dossier.before-visits'));
    expect([visits, answers, authentication]).toEqual([[], [], null]);
    expect(Findings.parse(golden('findings.before-brands')).brands).toEqual([]);
    expect(VisitFacts.parse(golden('visit-facts.before-screenshots')).screenshot).toBeNull();
  });
});

test('a policy stored before there were webhooks has none', () => {
  expect(golden('tenant-policy.before-webhooks')).not.toHaveProperty('webhooks');
  expect(TenantPolicy.parse(golden('tenant-policy.before-webhooks')).webhooks).toEqual([]);
});

test('another version is refused, not misread', () => {
  const versioned = documents.filter((name) => (golden(name) as { v?: number }).v === 1);
  expect(versioned.length).toBeGreaterThan(15);
  for (const name of versioned) {
    const schema = SCHEMAS[name.split('.')[0] ?? ''];
    expect(schema?.safeParse({ ...(golden(name) as object), v: 2 }).success).toBe(false);
  }
});
