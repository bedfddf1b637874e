import { join } from 'node:path';
import { SluiceError } from '@sluice/contracts';
import { z } from 'zod';
import { type DataKey, parseDataKey } from '../settings/seal.ts';
import { createFolderObjects } from './folder.ts';
import { createInbox, type Inbox, type InboxConfig } from './inbox.ts';
import { parsePlace, type S3Place } from './place.ts';
import type { BlobStore, Objects } from './port.ts';
import { createS3Objects } from './s3.ts';
import { createBlobStore } from './store.ts';

/** Settings of every service that reads or writes blobs. Kept as text; their faults repeat nothing of it. */
export const blobSettings = {
  /** Missing: the folder `blobs` below the data folder. */
  BLOB_STORE_URL: z
    .string()
    .superRefine((text, context) => {
      const place = parsePlace(text);
      if ('fault' in place) context.addIssue({ code: 'custom', message: place.fault });
    })
    .optional(),
  /** Missing: blobs are stored as they are. */
  DATA_KEY: z.string().refine(isDataKey, 'is not 32 bytes in base64url (43 characters)').optional(),
};

interface BlobConfig {
  SLUICE_DATA_DIR: string;
  BLOB_STORE_URL?: string | undefined;
  DATA_KEY?: string | undefined;
}

interface BlobStorePlace {
  /** `s3://…`; missing: the folder. */
  url?: string | undefined;
  folder: string;
  /** What was stored without stays readable. */
  dataKey?: DataKey | undefined;
}

/** The store of mails and documents that the settings name. Connects, and loads what it needs, with the first call. */
export function openBlobs(config: BlobConfig): BlobStore {
  const folder = join(config.SLUICE_DATA_DIR, 'blobs');
  return openBlobStore({ url: config.BLOB_STORE_URL, folder, dataKey: keyOf(config) });
}

/** As {@link openBlobs}, from values instead of settings. Throws `bad-config`. */
export function openBlobStore({ url, folder, dataKey }: BlobStorePlace): BlobStore {
  return createBlobStore(openObjects(url, 'blobs/', folder), dataKey);
}

/** The submission manifests beside the blobs: the folder `inbox` below the data folder, or `inbox/` in the bucket. */
export function openInbox(config: BlobConfig, options: Pick<InboxConfig, 'onTrouble' | 'nowMs'>): Inbox {
  const objects = openObjects(config.BLOB_STORE_URL, 'inbox/', join(config.SLUICE_DATA_DIR, 'inbox'));
  return createInbox({ objects, dataKey: keyOf(config), ...options });
}

function openObjects(url: string | undefined, prefix: string, folder: string): Objects {
  return url === undefined ? createFolderObjects({ root: folder }) : createS3Objects({ place: placeOf(url), prefix });
}

function placeOf(url: string): S3Place {
  const place = parsePlace(url);
  if ('fault' in place) throw new SluiceError('bad-config', `BLOB_STORE_URL ${place.fault}.`);
  return place;
}

/** Throws `bad-data-key`. */
function keyOf({ DATA_KEY }: BlobConfig): DataKey | undefined {
  return DATA_KEY === undefined ? undefined : parseDataKey(DATA_KEY);
}

function isDataKey(text: string): boolean {
  try {
    parseDataKey(text);
    return true;
  } catch {
    return false;
  }
}
