/** Where an S3-compatible store is, and as whom we come. */
export interface S3Place {
  endpoint: string;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

const DEFAULT_REGION = 'us-east-1';
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** A fault of a BLOB_STORE_URL, in words that repeat nothing of it. */
interface PlaceFault {
  fault: string;
}

/** Reads `s3://key:secret@host:port/bucket?region=eu-central-1&tls=off`. */
export function parsePlace(text: string): S3Place | PlaceFault {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 's3:' || url.hostname === '' || url.username === '' || url.password === '')
    return { fault: 'is not like s3://key:secret@host:port/bucket (write %2F for a / in key or secret)' };
  const bucket = url.pathname.slice(1);
  if (!BUCKET.test(bucket)) return { fault: 'names no bucket, or more than a bucket, after the host' };
  const region = url.searchParams.get('region') ?? DEFAULT_REGION;
  const tls = url.searchParams.get('tls') ?? 'on';
  const others = [...url.searchParams.keys()].filter((name) => name !== 'region' && name !== 'tls');
  if (others.length > 0) return { fault: 'has a parameter that is neither region nor tls' };
  if (!/^[a-z0-9-]{1,40}$/.test(region)) return { fault: 'has a region that is none' };
  if (tls !== 'on' && tls !== 'off') return { fault: 'has a tls that is neither on nor off' };
  const [accessKeyId, secretAccessKey] = [decode(url.username), decode(url.password)];
  if (accessKeyId === null || secretAccessKey === null)
    return { fault: 'has a % in key or secret that is not written as %25' };
  const endpoint = `${tls === 'on' ? 'https' : 'http'}://${url.host}`;
  return { endpoint, region, bucket, accessKeyId, secretAccessKey };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
