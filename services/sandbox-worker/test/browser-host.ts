import { parseAllowList } from '@sluice/fleet/guard';
import { createBrowserVisitor } from '../src/browser/visitor.ts';

/** A worker to be killed: visits one URL by the given browser, tells where the browser's files are, and stays. */
const [url = '', program = ''] = process.argv.slice(2);
const { allow } = parseAllowList(new URL(url).host);
const visitor = createBrowserVisitor({
  program,
  searchPath: process.env.PATH ?? '',
  allow,
  lookup: async () => [],
  limits: { quietMs: 100 },
  onStart: ({ downloads }) => process.stdout.write(downloads),
});
await visitor.visit(url, new AbortController().signal);
setInterval(() => {}, 60_000);
