export {
  type Client,
  type ClientOptions,
  createClient,
  type Observable,
  type SubmitOptions,
  type WaitOptions,
} from './client.ts';
export type { EventsOptions } from './events.ts';
