import { wholeNumber } from '@sluice/fleet/service';

export const requestSettings = {
  /** Mails and observables that one batch may have. */
  REQUEST_MAX_MAILS: wholeNumber(1, 10_000).default(1_000),
  /** Scans that may wait with one key at a time, at this gateway. */
  SCANS_PER_KEY: wholeNumber(1, 10_000).default(20),
};
