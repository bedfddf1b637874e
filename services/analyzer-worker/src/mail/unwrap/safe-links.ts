import type { Unwrapper } from './query.ts';
import { addressIn, rawParameter } from './query.ts';

const MAIL_HOST = /\.safelinks\.protection\.(?:outlook\.(?:com|de|cn)|office365\.us)$/;
const TEAMS_PAGE = /^\/evergreen-assets\/safelinks\//;

/** Microsoft Defender: `https://<region>.safelinks.protection.outlook.com/?url=…&data=…`, and the page that Teams uses. */
export const unwrapSafeLinks: Unwrapper = (wrapper) => {
  const isTeams = wrapper.hostname === 'statics.teams.cdn.office.net' && TEAMS_PAGE.test(wrapper.pathname);
  if (!isTeams && !MAIL_HOST.test(wrapper.hostname)) return null;
  return addressIn(rawParameter(wrapper, 'url') ?? '');
};
