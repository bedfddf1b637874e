import { createBrowserRouter, type RouteObject } from 'react-router';
import { NotFound } from '../pages/not-found.tsx';
import { Submit } from '../pages/submit/submit.tsx';
import { PageError } from './page-error.tsx';
import { Shell } from './shell.tsx';

/** Pages that a first visit does not need are read when they are opened. */
const pages: RouteObject[] = [
  { index: true, element: <Submit /> },
  { path: 'jobs', lazy: async () => ({ Component: (await import('../pages/jobs/jobs.tsx')).Jobs }) },
  { path: 'batches', lazy: async () => ({ Component: (await import('../pages/batches/batches.tsx')).Batches }) },
  {
    path: 'jobs/:jobId',
    lazy: async () => ({ Component: (await import('../pages/job/job.tsx')).Job }),
    children: [
      { index: true, lazy: async () => ({ Component: (await import('../pages/job/overview.tsx')).Overview }) },
      { path: 'mail', lazy: async () => ({ Component: (await import('../pages/job/mail.tsx')).Mail }) },
      { path: 'links', lazy: async () => ({ Component: (await import('../pages/job/links.tsx')).Links }) },
      { path: 'answers', lazy: async () => ({ Component: (await import('../pages/job/answers.tsx')).Answers }) },
      {
        path: 'indicators',
        lazy: async () => ({ Component: (await import('../pages/job/indicators.tsx')).IndicatorLists }),
      },
      { path: 'run', lazy: async () => ({ Component: (await import('../pages/job/run.tsx')).RunView }) },
      { path: 'source', lazy: async () => ({ Component: (await import('../pages/job/source.tsx')).Source }) },
    ],
  },
  { path: 'fleet', lazy: async () => ({ Component: (await import('../pages/fleet/fleet.tsx')).Fleet }) },
  {
    path: 'dead-letters',
    lazy: async () => ({ Component: (await import('../pages/dead-letters/dead-letters.tsx')).DeadLetters }),
  },
  {
    path: 'admin',
    lazy: async () => ({ Component: (await import('../pages/admin/admin.tsx')).Admin }),
    children: [
      { index: true, lazy: async () => ({ Component: (await import('../pages/admin/keys.tsx')).Keys }) },
      { path: 'tenants', lazy: async () => ({ Component: (await import('../pages/admin/tenants.tsx')).Tenants }) },
      {
        path: 'judgement',
        lazy: async () => ({ Component: (await import('../pages/admin/judgement/judgement.tsx')).Judgement }),
      },
      {
        path: 'addresses',
        lazy: async () => ({ Component: (await import('../pages/admin/addresses.tsx')).Addresses }),
      },
      { path: 'quotas', lazy: async () => ({ Component: (await import('../pages/admin/quotas.tsx')).Quotas }) },
      {
        path: 'switches',
        lazy: async () => ({ Component: (await import('../pages/admin/switches.tsx')).SwitchBoard }),
      },
      { path: 'webhooks', lazy: async () => ({ Component: (await import('../pages/admin/webhooks.tsx')).Webhooks }) },
      { path: 'cache', lazy: async () => ({ Component: (await import('../pages/admin/cache.tsx')).Cache }) },
      { path: 'audit', lazy: async () => ({ Component: (await import('../pages/admin/audit.tsx')).Audit }) },
    ],
  },
  { path: '*', element: <NotFound /> },
];

export const router = createBrowserRouter([
  {
    path: '/',
    Component: Shell,
    HydrateFallback: () => null,
    children: [{ errorElement: <PageError />, children: pages }],
  },
]);
