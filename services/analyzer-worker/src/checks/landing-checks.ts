import { landingBrand } from './landing-brand.ts';
import { landingCertificate } from './landing-certificate.ts';
import { landingChain } from './landing-chain.ts';
import { landingDownload } from './landing-download.ts';
import type { LandingCheck } from './landing-look.ts';
import { landingPassword } from './landing-password.ts';
import { landingPrivate } from './landing-private.ts';
import { landingUrls } from './landing-urls.ts';

/** What is noticed where links lead. A page that could not be reached is no finding. */
export const LANDING_CHECKS: readonly LandingCheck[] = [
  landingBrand,
  landingPassword,
  landingUrls,
  landingChain,
  landingPrivate,
  landingCertificate,
  landingDownload,
];
