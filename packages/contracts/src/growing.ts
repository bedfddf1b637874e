import { z } from 'zod';

// Names that say what was seen (a kind of harm, a feature of a file) are added within a version. While two versions work side by side, a document may name what only
// the newer one knows; the older one reads all the rest of it. Names that decide what is done (states, stages, tasks) are never read like this. What is no text is refused as ever.

type Names = Readonly<Record<string, string>>;

function isNew<E extends Names>({ options }: z.ZodEnum<E>, name: unknown): boolean {
  return typeof name === 'string' && !options.some((known) => known === name);
}

/** A name that is not known is read as `otherwise`, which nobody writes. */
export function knownOr<E extends Names, const O extends string>(names: z.ZodEnum<E>, otherwise: O) {
  return z.preprocess((name) => (isNew(names, name) ? otherwise : name), z.union([names, z.literal(otherwise)]));
}

/** A name that is not known is read as null. */
export function knownOrNull<E extends Names>(names: z.ZodEnum<E>) {
  return z.preprocess((name) => (isNew(names, name) ? null : name), names.nullable());
}

/** A name that is not known is left out. */
export function knownOrNone<E extends Names>(names: z.ZodEnum<E>) {
  return z.preprocess((name) => (isNew(names, name) ? undefined : name), names.optional()).optional();
}

/** Names that are not known are left out of the list. */
export function knownOf<E extends Names>(names: z.ZodEnum<E>) {
  const known = (all: unknown) => (Array.isArray(all) ? all.filter((name) => !isNew(names, name)) : all);
  return z.preprocess(known, z.array(names));
}
