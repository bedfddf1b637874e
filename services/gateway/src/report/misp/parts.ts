import { nameUuid } from './uuid.ts';

/** What an indicator is, in the words of MISP; a pair is valid by the table of the core format. */
export interface Clue {
  type: string;
  category: string;
  value: string;
  /** May be blocked or searched for by a machine. */
  toIds?: boolean;
  comment?: string;
}

/** A clue with its role in an object. */
export interface RelatedClue extends Clue {
  relation: string;
}

/** Attribute of the core format. Numbers that an instance gives are 0: it gives its own. */
export interface Attribute {
  uuid: string;
  id: string;
  event_id: string;
  object_id: string;
  object_relation: string | null;
  type: string;
  category: string;
  value: string;
  to_ids: boolean;
  comment: string;
  distribution: string;
  sharing_group_id: string;
  timestamp: string;
  deleted: boolean;
  disable_correlation: boolean;
}

interface ObjectReference {
  uuid: string;
  object_uuid: string;
  referenced_uuid: string;
  relationship_type: string;
  comment: string;
  timestamp: string;
  deleted: boolean;
}

export interface MispObject {
  uuid: string;
  id: string;
  event_id: string;
  name: string;
  'meta-category': string;
  description: string;
  template_uuid: string;
  template_version: string;
  distribution: string;
  sharing_group_id: string;
  timestamp: string;
  comment: string;
  deleted: boolean;
  ObjectReference: ObjectReference[];
  Attribute: Attribute[];
}

/** An object template of the MISP project: https://github.com/MISP/misp-objects */
export interface Template {
  name: string;
  'meta-category': string;
  description: string;
  template_uuid: string;
  template_version: string;
}

/** To which event the parts belong, and when it was last changed: seconds since 1970, as text. */
export interface Frame {
  eventUuid: string;
  timestamp: string;
}

const VALUE_CHARS = 4_096;
/** As the event. */
const INHERIT = '5';
const shared = { id: '0', event_id: '0', distribution: INHERIT, sharing_group_id: '0', deleted: false };

/** Clues as attributes, each once; those without a value are left out. The same clue has the same uuid in every revision. */
export function attributesOf(clues: readonly Clue[], frame: Frame): Attribute[] {
  const all = new Map<string, Attribute>();
  for (const clue of clues) {
    const attribute = attributeOf(clue, frame, frame.eventUuid);
    const held = all.get(attribute.uuid);
    if (attribute.value === '') continue;
    if (held === undefined) all.set(attribute.uuid, attribute);
    // Whoever has a reason to block it decides.
    else if (attribute.to_ids) held.to_ids = true;
  }
  return [...all.values()];
}

/** An object of a template; null where nothing is known of it. `name` tells it from its like in the event. */
export function objectOf(template: Template, name: string, clues: readonly RelatedClue[], frame: Frame) {
  const uuid = nameUuid(frame.eventUuid, `object ${template.name} ${name}`);
  const attributes = clues.map((clue) => attributeOf(clue, frame, uuid)).filter(({ value }) => value !== '');
  if (attributes.length === 0) return null;
  const { timestamp } = frame;
  const object: MispObject = {
    ...shared,
    ...template,
    uuid,
    timestamp,
    comment: '',
    ObjectReference: [],
    Attribute: attributes,
  };
  return object;
}

export function refer(from: MispObject, to: MispObject, relation: string): void {
  from.ObjectReference.push({
    uuid: nameUuid(from.uuid, `reference ${relation} ${to.uuid}`),
    object_uuid: from.uuid,
    referenced_uuid: to.uuid,
    relationship_type: relation,
    comment: '',
    timestamp: from.timestamp,
    deleted: false,
  });
}

function attributeOf(clue: Clue & { relation?: string }, { timestamp }: Frame, space: string): Attribute {
  const { type, category, toIds = false, comment = '', relation = null } = clue;
  const value = oneLine(clue.value);
  return {
    ...shared,
    uuid: nameUuid(space, `attribute ${relation ?? ''} ${type} ${value}`),
    object_id: '0',
    object_relation: relation,
    type,
    category,
    value,
    to_ids: toIds,
    comment: oneLine(comment),
    timestamp,
    disable_correlation: false,
  };
}

/** A value is exact but for what no indicator has: control characters and blanks around it. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, VALUE_CHARS);
}
