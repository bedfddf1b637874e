// The dashboards as code: `node deploy/grafana/make.mjs` writes dashboards/*.json from what stands here. A test keeps both alike.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DASHBOARDS } from './panels.mjs';

const SOURCE = { type: 'prometheus', uid: 'prometheus' };
const COLUMNS = 24;
const WIDTH = 8;
const HEIGHT = 7;

export function dashboards() {
  return DASHBOARDS.map(({ uid, title, rows }) => ({
    file: `${uid}.json`,
    text: `${JSON.stringify(dashboard(uid, title, rows), null, 2)}\n`,
  }));
}

function dashboard(uid, title, rows) {
  let y = 0;
  const panels = rows.flatMap(([name, ...own]) => {
    const header = { type: 'row', title: name, collapsed: false, panels: [], gridPos: { x: 0, y, w: COLUMNS, h: 1 } };
    y += 1;
    const placed = own.map((one, at) => {
      const x = (at * WIDTH) % COLUMNS;
      return panel(one, { x, y: y + Math.floor((at * WIDTH) / COLUMNS) * HEIGHT, w: WIDTH, h: HEIGHT });
    });
    y += Math.ceil((own.length * WIDTH) / COLUMNS) * HEIGHT;
    return [header, ...placed];
  });
  return {
    uid: `sluice-${uid}`,
    title: `Sluice: ${title}`,
    tags: ['sluice'],
    schemaVersion: 39,
    version: 1,
    editable: false,
    timezone: 'browser',
    refresh: '15s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [] },
    annotations: { list: [] },
    links: [{ type: 'dashboards', tags: ['sluice'], title: 'Sluice', asDropdown: false, includeVars: false }],
    panels: panels.map((one, at) => ({ id: at + 1, ...one })),
  };
}

/** `{ title, unit, of: [[legend, expression], …], kind, about }`. */
function panel({ title, unit = 'short', of, kind = 'timeseries', about = '' }, gridPos) {
  return {
    type: kind,
    title,
    description: about,
    datasource: SOURCE,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options:
      kind === 'timeseries' ? { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } } : {},
    targets: of.map(([legendFormat, expr], at) => ({
      refId: String.fromCodePoint(65 + at),
      datasource: SOURCE,
      expr,
      legendFormat,
      // Points that lead to a trace.
      ...(expr.includes('histogram_quantile') ? { exemplar: true } : {}),
    })),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = fileURLToPath(new URL('dashboards/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  for (const { file, text } of dashboards()) writeFileSync(`${folder}${file}`, text);
}
