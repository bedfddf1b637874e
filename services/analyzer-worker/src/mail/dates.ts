const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const ZONES: Record<string, number> = {
  ut: 0,
  gmt: 0,
  utc: 0,
  z: 0,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
};
const DATE_TIME =
  /(?<!\d)(\d{1,2})[\s-]{1,5}([a-z]{3})[a-z]{0,6}[\s-]{1,5}(\d{4}|\d{2})\s{1,5}(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\.\d{1,9})?\s{0,5}([+-]\d{4}|[a-z]{1,5})?/i;
const ISO = /^\s{0,5}\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?\s{0,5}$/;
const MAX_DATE_CHARS = 200;

/**
 * The time that a header names, as ISO 8601 in UTC; null where it names none. An unknown or missing zone counts as UTC,
 * years of two digits follow RFC 5322 section 4.3.
 */
export function parseMailDate(value: string): string | null {
  const text = value.slice(0, MAX_DATE_CHARS);
  if (ISO.test(text)) return isoOrNull(Date.parse(text.trim()));
  const match = DATE_TIME.exec(text);
  if (match === null) return null;
  const [, day = '', monthName = '', year = '', hour = '', minute = '', second = '0', zone = ''] = match;
  const month = MONTHS.indexOf(monthName.toLowerCase());
  if (month < 0 || Number(day) < 1 || Number(day) > 31 || Number(hour) > 24 || Number(minute) > 59) return null;
  const local = Date.UTC(fullYear(year), month, Number(day), Number(hour), Number(minute), Number(second));
  return isoOrNull(local - zoneMinutes(zone) * 60_000);
}

function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length === 4) return year;
  return year < 50 ? 2000 + year : 1900 + year;
}

function zoneMinutes(zone: string): number {
  const match = /^([+-])(\d{2})(\d{2})$/.exec(zone);
  if (match === null) return (ZONES[zone.toLowerCase()] ?? 0) * 60;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

function isoOrNull(timeMs: number): string | null {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
