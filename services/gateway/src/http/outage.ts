/** Redis answers with these while it is full, starts, fails over or cannot write: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
const REDIS_AWAY = /^(OOM|LOADING|BUSY|MISCONF|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN) /;
/** ioredis gives these no code. */
const CONNECTION_AWAY = new Set(['Command timed out', 'Connection is closed.']);
const DISK_AWAY = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE']);

/** True where Redis or the disk is away and the same request may succeed later. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (DISK_AWAY.has((error as NodeJS.ErrnoException).code ?? '')) return true;
  return REDIS_AWAY.test(error.message) || CONNECTION_AWAY.has(error.message);
}
