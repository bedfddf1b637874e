import { AuditPage, type AuditQuery, type AuditView } from '@sluice/contracts';
import type { Asker } from '../ask.ts';
import { type List, listOf, type PageOptions } from '../pages.ts';

type AuditSearch = Omit<Partial<AuditQuery>, keyof PageOptions>;

/** Who did what, newest first. */
export type AuditMethods = List<AuditView, AuditSearch>;

export function auditMethods({ ask }: Asker): AuditMethods {
  return listOf((query, signal) =>
    ask(AuditPage, { method: 'GET', path: 'api/admin/audit', query: { ...query }, signal }),
  );
}
