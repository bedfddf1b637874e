export { hasCheapSuffix, hostsCustomers, isFreeHost, isInfrastructure, isShortener } from '@sluice/judgement/hosts';
