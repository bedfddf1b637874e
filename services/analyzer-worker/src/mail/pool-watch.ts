import { workerData } from 'node:worker_threads';

const CHECK_MS = 100;
const { maxRssMb, parentId } = workerData as { maxRssMb: number; parentId: number };

setInterval(() => {
  if (process.ppid !== parentId || process.memoryUsage.rss() > maxRssMb * 1024 * 1024)
    process.kill(process.pid, 'SIGKILL');
}, CHECK_MS);
