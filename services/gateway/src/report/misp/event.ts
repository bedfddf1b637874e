import type { ReadCategory, Report, Tlp, Verdict } from '@sluice/contracts';
import { headline } from '../outline.ts';
import { toMarkdown } from '../markdown.ts';
import { cluesOf } from './clues.ts';
import { objectsOf } from './objects.ts';
import { attributesOf, type Frame, oneLine } from './parts.ts';
import { nameUuid } from './uuid.ts';

/** Of all events that this software makes; with the job's id it makes the event's. */
const SPACE = 'b1f0a7de-6c0b-5d51-9b0e-5c5f7a4d0c11';
const INFO_CHARS = 255;
/** Its receivers decide who else sees it. */
const OWN_ORGANISATION = '0';

/** High, medium, low, undefined. */
const THREAT_LEVELS: Readonly<Record<Verdict, string>> = { malicious: '1', suspicious: '2', clean: '4' };
const COMPLETE = '2';
const ONGOING = '1';

/** Colours are those of MISP's taxonomies. */
const TLP_COLOURS: Readonly<Record<Tlp, string>> = {
  clear: '#ffffff',
  green: '#339900',
  amber: '#FFC000',
  'amber+strict': '#FFC000',
  red: '#CC0033',
};
/** Of the Reference Security Incident Taxonomy; a scam has none of its own. */
const INCIDENTS: Readonly<Partial<Record<ReadCategory, string>>> = {
  spam: 'rsit:abusive-content="spam"',
  phishing: 'rsit:fraud="phishing"',
  malware: 'rsit:malicious-code="malware-distribution"',
};
const GREY = '#5f6f7f';

/**
 * A report as an event of MISP's core format (draft-dulaunoy-misp-core-format-18). The same job makes the same event, with the same uuids in every revision, so that an amended report
 * updates it. Values are exact, not neutralised: they are for machines.
 */
export function toMisp(report: Report, { tlp }: { tlp: Tlp }) {
  const { jobId, createdAt, verdict, partial } = report;
  const eventUuid = nameUuid(SPACE, jobId);
  const frame: Frame = { eventUuid, timestamp: String(Math.floor(Date.parse(createdAt) / 1_000)) };
  const attributes = attributesOf(cluesOf(report), frame);
  const objects = objectsOf(report, frame);
  const inObjects = objects.reduce((sum, { Attribute }) => sum + Attribute.length, 0);
  return {
    Event: {
      uuid: eventUuid,
      id: '0',
      org_id: '0',
      orgc_id: '0',
      info: infoOf(report),
      date: createdAt.slice(0, 10),
      timestamp: frame.timestamp,
      publish_timestamp: '0',
      first_publication: '0',
      published: false,
      locked: false,
      threat_level_id: THREAT_LEVELS[verdict],
      analysis: partial ? ONGOING : COMPLETE,
      distribution: OWN_ORGANISATION,
      sharing_group_id: '0',
      extends_uuid: '',
      attribute_count: String(attributes.length + inObjects),
      Tag: tagsOf(report, tlp),
      Attribute: attributes,
      Object: objects,
      EventReport: [eventReportOf(report, frame)],
    },
  };
}

function infoOf({ verdict, category, subject }: Report): string {
  const what = subject.kind === 'mail' ? (subject.subject ?? 'a mail without a subject') : subject.value;
  return oneLine(`Sluice: ${verdict} (${category}): ${what}`).slice(0, INFO_CHARS);
}

function tagsOf({ verdict, category }: Report, tlp: Tlp) {
  const incident = verdict === 'clean' ? undefined : INCIDENTS[category];
  const tag = (name: string, colour: string) => ({ id: '0', name, colour, exportable: true });
  return [
    tag(`tlp:${tlp}`, TLP_COLOURS[tlp]),
    tag(`sluice:verdict="${verdict}"`, GREY),
    tag(`sluice:category="${category}"`, GREY),
    ...(incident === undefined ? [] : [tag(incident, GREY)]),
  ];
}

/** The report for people. */
function eventReportOf(report: Report, { eventUuid, timestamp }: Frame) {
  return {
    uuid: nameUuid(eventUuid, 'report'),
    id: '0',
    event_id: '0',
    name: headline(report),
    content: toMarkdown(report),
    distribution: '5',
    sharing_group_id: '0',
    timestamp,
    deleted: false,
  };
}
