import type { Provider, ReportPart, Resource, ResourceId, ResourceSet } from '@sluice/contracts';

/** The resources of a job by their id, the most telling first. */
export type Catalogue = ReadonlyMap<ResourceId, Resource>;

/** One catalogue of several sets: a resource stands where the first set has it. */
export function catalogueOf(sets: readonly ResourceSet[]): Catalogue {
  const catalogue = new Map<ResourceId, Resource>();
  for (const resource of sets.flatMap(({ resources }) => resources)) {
    if (!catalogue.has(resource.id)) catalogue.set(resource.id, resource);
  }
  return catalogue;
}

/** Sorts by the catalogue's order; what is not in it comes last, in the order in which it was. */
export function byRank<T>(items: readonly T[], catalogue: Catalogue, idOf: (item: T) => ResourceId | undefined): T[] {
  const ranks = new Map([...catalogue.keys()].map((id, rank) => [id, rank]));
  const rankOf = (item: T) => ranks.get(idOf(item) ?? '') ?? catalogue.size;
  return items.toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** A visit of the sandbox. */
export function isVisit(part: ReportPart): part is ReportPart & { resource: ResourceId } {
  return part.stage === 'sandbox_analysis' && part.provider === undefined && part.resource !== undefined;
}

/** A question to a provider. */
export function isQuestion(part: ReportPart): part is ReportPart & { provider: Provider } {
  return part.provider !== undefined;
}
