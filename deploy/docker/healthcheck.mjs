// Healthy is what may be sent work: every check of /health/ready passes.
const url = `http://127.0.0.1:${process.env.METRICS_PORT ?? 9464}/health/ready`;
const isReady = await fetch(url, { signal: AbortSignal.timeout(4_000) }).then(
  ({ ok }) => ok,
  () => false,
);
process.exitCode = isReady ? 0 : 1;
