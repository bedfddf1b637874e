export { type Client, type ClientOptions, createClient, type WaitOptions } from './client.ts';
export type { EventsOptions } from './events.ts';
export type { JobSearch, ReportType } from './jobs.ts';
export type { List, PageOptions } from './pages.ts';
export type { Batch, BatchOptions } from './requests.ts';
export type { Observable, Scanned, Submission, SubmitManyOptions, SubmitOptions, Submitted } from './submit.ts';
