import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../service/config.ts';
import { blobSettings, openBlobStore } from './open.ts';
import { parsePlace } from './place.ts';

describe('BLOB_STORE_URL', () => {
  test('names endpoint, bucket, region and credentials, TLS unless it is off', () => {
    expect(parsePlace('s3://key:s%2Fecret%2B@minio.example:9000/mails?region=eu-central-1&tls=off')).toEqual({
      endpoint: 'http://minio.example:9000',
      region: 'eu-central-1',
      bucket: 'mails',
      accessKeyId: 'key',
      secretAccessKey: 's/ecret+',
    });
    expect(parsePlace('s3://key:secret@[::1]:9000/mails')).toMatchObject({
      endpoint: 'https://[::1]:9000',
      region: 'us-east-1',
    });
  });

  test.each([
    'http://key:hunter2@host/mails',
    's3://host/mails',
    's3://key@host/mails',
    's3://key:hunter2@host',
    's3://key:hunter2@host/mails/deeper',
    's3://key:hunter2/x@host/mails',
    's3://key:hunter2%zz@host/mails',
    's3://key:hunter2@host/mails?regoin=x',
    's3://key:hunter2@host/mails?region=',
    's3://key:hunter2@host/mails?tls=maybe',
    'hunter2',
  ])('%s is refused in words that tell no secret', (url) => {
    const parse = () => parseConfig(blobSettings, { BLOB_STORE_URL: url });
    expect(parse).toThrow(/BLOB_STORE_URL (is not like|names|has)/);
    expect(parse).not.toThrow(/hunter2/);
    expect(() => openBlobStore({ url, folder: '/nowhere' })).toThrow(/BLOB_STORE_URL/);
    expect(() => openBlobStore({ url, folder: '/nowhere' })).not.toThrow(/hunter2/);
  });
});

test('DATA_KEY is 32 bytes in base64url, or refused in words that do not repeat it', () => {
  const key = Buffer.alloc(32, 7).toString('base64url');
  expect(parseConfig(blobSettings, { DATA_KEY: key })).toEqual({ DATA_KEY: key });
  for (const text of [key.slice(1), `${key}A`, key.replace(/^./, '+')]) {
    const parse = () => parseConfig(blobSettings, { DATA_KEY: text });
    expect(parse).toThrow(/DATA_KEY is not 32 bytes/);
    expect(parse).not.toThrow(new RegExp(key.slice(2, 20)));
  }
});
