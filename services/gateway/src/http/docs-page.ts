import { PROBLEMS } from '@sluice/contracts';
import { problemsOf } from './openapi.ts';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;

const STYLE = [
  'body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}',
  'code,pre{font:13px/1.45 ui-monospace,monospace;background:#f4f5f7}pre{padding:.6rem;overflow:auto;max-height:30rem}',
  'section{border-top:1px solid #d8dce1;padding:.4rem 0}h3{margin:.4rem 0}b{font:700 12px ui-monospace,monospace;color:#0b5}',
  'table{border-collapse:collapse}td,th{text-align:left;padding:.1rem .8rem .1rem 0;vertical-align:top}nav a{margin-right:1rem}',
  '@media(prefers-color-scheme:dark){body{background:#14171a;color:#e4e7ea}code,pre{background:#20252a}a{color:#7ab8ff}}',
].join('');

/** Nothing loads, nothing runs. */
export const DOCS_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The document of {@link describeApi} as a page for people. */
export function docsPage(routes: readonly Route[], document: Json): string {
  const { schemas } = document.components as { schemas: Record<string, unknown> };
  const chapters = Map.groupBy(routes, ({ chapter }) => chapter);
  const parts = [...chapters].map(([chapter, group]) => {
    const sections = group.map((route) => sectionOf(route, document)).join('');
    return `<h2 id="${slug(chapter)}">${escape(chapter)}</h2>${sections}`;
  });
  const links = [...chapters.keys(), 'Schemas', 'Problems'].map(
    (name) => `<a href="#${slug(name)}">${escape(name)}</a>`,
  );
  const shapes = Object.entries(schemas).map(
    ([name, schema]) =>
      `<details id="schema-${slug(name)}"><summary>${escape(name)}</summary><pre>${pretty(schema)}</pre></details>`,
  );
  const problems = Object.entries(PROBLEMS).map(
    ([code, { status, says }]) => `<tr><td><code>${code}</code></td><td>${status}</td><td>${escape(says)}</td></tr>`,
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Sluice API</title><style>${STYLE}</style></head><body><h1>Sluice API</h1>`,
    '<p>The key goes as <code>Authorization: Bearer KEY</code> or <code>X-API-Key: KEY</code>. ',
    'As a document for programs: <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI 3.1).</p>',
    `<nav>${links.join(' ')}</nav>${parts.join('')}`,
    `<h2 id="schemas">Schemas</h2>${shapes.join('')}`,
    '<h2 id="problems">Problems</h2><p>Every refusal is <code>application/problem+json</code> (RFC 9457) with one of these codes.</p>',
    `<table><tr><th>Code</th><th>Status</th><th></th></tr>${problems.join('')}</table></body></html>\n`,
  ].join('');
}

function sectionOf(route: Route, document: Json): string {
  const paths = document.paths as Record<string, Record<string, Json>>;
  const operation = paths[route.path]?.[route.method] ?? {};
  const answers = Object.entries(route.answers).map(([status, { says, name, types }]) => {
    const what = name === undefined ? escape((types ?? []).join(', ')) : schemaLink(name);
    return `<tr><td>${status}</td><td>${what}</td><td>${escape(says)}</td></tr>`;
  });
  return [
    `<section id="${slug(route.name)}"><h3><b>${route.method.toUpperCase()}</b> <code>${escape(route.path)}</code></h3>`,
    `<p>${escape(route.summary)} ${escape(operation.description as string)}</p>`,
    parametersTable(operation.parameters as Json[]),
    bodyLine(route),
    `<table>${answers.join('')}</table>`,
    `<p>Problems: ${problemsOf(route)
      .map((code) => `<code>${code}</code>`)
      .join(' ')}</p></section>`,
  ].join('');
}

function parametersTable(parameters: readonly Json[]): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map((parameter) => {
    const { name, required, description, schema } = parameter;
    const what = typeof description === 'string' ? escape(description) : `<code>${pretty(schema, 0)}</code>`;
    const place = `${String(parameter.in)}${required === true ? ', required' : ''}`;
    return `<tr><td><code>${escape(String(name))}</code></td><td>${escape(place)}</td><td>${what}</td></tr>`;
  });
  return `<table>${rows.join('')}</table>`;
}

function bodyLine({ body, otherBody }: Route): string {
  if (body !== undefined) return `<p>Body: <code>application/json</code>, ${schemaLink(body.name)}</p>`;
  if (otherBody === undefined) return '';
  const types = Object.entries(otherBody.content).map(
    ([type, { name }]) => `<code>${escape(type)}</code>${name === undefined ? '' : `, ${schemaLink(name)}`}`,
  );
  return `<p>Body: ${types.join('; ')}. ${escape(otherBody.says)}</p>`;
}

function schemaLink(name: string): string {
  return `<a href="#schema-${slug(name)}">${escape(name)}</a>`;
}

function pretty(value: unknown, indent = 2): string {
  return escape(JSON.stringify(value, null, indent) ?? '');
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

function escape(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replaceAll(/[&<>"']/g, (character) => names[character] ?? '');
}
