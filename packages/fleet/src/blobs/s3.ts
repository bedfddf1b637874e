import type { S3Client } from '@aws-sdk/client-s3';
import { SluiceError } from '@sluice/contracts';
import { createGate } from './gate.ts';
import type { Objects, StoredObject } from './port.ts';
import type { S3Place } from './place.ts';
import { STORED_CAP_BYTES } from './store.ts';

/** Bounds of one try. The SDK makes up to three, and all together end after twice the time of one. */
interface S3Limits {
  connectMs: number;
  /** Nothing is sent or comes. */
  idleMs: number;
  tryMs: number;
}
const LIMITS: S3Limits = { connectMs: 3_000, idleMs: 10_000, tryMs: 20_000 };
/** The SDK's pool of connections; what waits for one would use up its time. */
const MOST_CALLS = 50;

interface S3Config {
  place: S3Place;
  /** Put before every key, ends with `/`. */
  prefix: string;
  limits?: S3Limits;
}

/** Of nothing the SDK cannot tell the length. */
const SOMETHING = new Uint8Array(1);
/** There is one already, or somebody else is making it. */
const TAKEN = new Set(['PreconditionFailed', 'ConditionalRequestConflict']);

type Sdk = typeof import('@aws-sdk/client-s3');
interface Connection {
  sdk: Sdk;
  client: S3Client;
}

/**
 * Objects in a bucket of an S3-compatible store. An answered PUT is durable, and S3 makes an object appear whole (since 2020 a
 * read after it sees it: https://aws.amazon.com/s3/consistency/), so that putting the same bytes again is always right.
 */
export function createS3Objects({ place, prefix, limits = LIMITS }: S3Config): Objects {
  const at = { Bucket: place.bucket };
  const gate = createGate(MOST_CALLS);
  let opening: Promise<Connection> | undefined;
  const connect = (): Promise<Connection> => {
    opening ??= open(place, limits);
    return opening;
  };

  /** One call, with only what may be told of its errors. */
  async function ask<T>(call: (connection: Connection, abort: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    const connection = await connect();
    const bounded = () => call(connection, { abortSignal: AbortSignal.timeout(2 * limits.tryMs) });
    return gate(bounded).catch((error: unknown) => {
      throw error instanceof SluiceError ? error : createTrouble(error);
    });
  }

  return {
    put: (key, bytes) =>
      ask(async ({ sdk, client }, abort) => {
        await client.send(new sdk.PutObjectCommand({ ...at, Key: prefix + key, Body: bytes }), abort);
      }),

    // Conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html. A store that does not know them makes the object for all
    // who ask at the same moment; the look before leaves them no more than that.
    create: (key) =>
      ask(async ({ sdk, client }, abort) => {
        const name = { ...at, Key: prefix + key };
        if ((await client.send(new sdk.HeadObjectCommand(name), abort).catch(nullUnless)) !== null) return false;
        await client.send(new sdk.PutObjectCommand({ ...name, Body: SOMETHING, IfNoneMatch: '*' }), abort);
        return true;
      }).catch((error: unknown) => {
        if (error instanceof Error && TAKEN.has(error.name)) return false;
        throw error;
      }),

    get: (key) =>
      ask(async ({ sdk, client }, abort) => {
        const found = await client.send(new sdk.GetObjectCommand({ ...at, Key: prefix + key }), abort);
        if ((found.ContentLength ?? 0) <= STORED_CAP_BYTES) return (await found.Body?.transformToByteArray()) ?? null;
        await found.Body?.transformToWebStream().cancel();
        throw new SluiceError('blob-damaged', 'The stored content is larger than anything that was stored.');
      }).catch(nullUnless),

    putMs: (key) =>
      ask(async ({ sdk, client }, abort) => {
        const found = await client.send(new sdk.HeadObjectCommand({ ...at, Key: prefix + key }), abort);
        return found.LastModified?.getTime() ?? null;
      }).catch(nullUnless),

    remove: (key) =>
      ask(async ({ sdk, client }, abort) => {
        await client.send(new sdk.DeleteObjectCommand({ ...at, Key: prefix + key }), abort);
      }),

    async *list({ folder, after }): AsyncGenerator<StoredObject> {
      let last = after === undefined ? undefined : prefix + after;
      for (;;) {
        // Each page begins after the last key of the one before: that is true whatever comes and goes meanwhile.
        const found = await ask(({ sdk, client }, abort) =>
          client.send(new sdk.ListObjectsV2Command({ ...at, Prefix: prefix + folder, StartAfter: last }), abort),
        );
        for (const { Key, Size, LastModified } of found.Contents ?? []) {
          if (Key === undefined || LastModified === undefined) continue;
          yield { key: Key.slice(prefix.length), bytes: Size ?? 0, modifiedMs: LastModified.getTime() };
        }
        last = found.Contents?.at(-1)?.Key;
        if (found.IsTruncated !== true || last === undefined) return;
      }
    },
  };
}

/** Loads the SDK: only who uses such a store pays for it. */
async function open(place: S3Place, limits: S3Limits): Promise<Connection> {
  const { endpoint, region, accessKeyId, secretAccessKey } = place;
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    // We check contents ourselves, and many compatible stores do not know the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: limits.connectMs,
      socketTimeout: limits.idleMs,
      requestTimeout: limits.tryMs,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: MOST_CALLS },
      httpsAgent: { maxSockets: MOST_CALLS },
    },
  });
  return { sdk, client };
}

/** An error of the store by its name alone: those of the SDK hold requests, with signatures and addresses. */
function createTrouble(error: unknown): Error {
  const { name, code, $metadata } = error as Error & { code?: string; $metadata?: { httpStatusCode?: number } };
  const kind = [code, name].find((word) => word !== undefined && /^[A-Za-z_]{1,60}$/.test(word)) ?? 'Error';
  const trouble = new Error(`the S3-compatible store answers ${kind} (${$metadata?.httpStatusCode ?? 'no status'})`);
  trouble.name = kind;
  return trouble;
}

/** For `catch`: null where the object is not there (HEAD says `NotFound`); that the bucket is missing is an error. */
function nullUnless(error: unknown): null {
  if (error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NotFound')) return null;
  throw error;
}
