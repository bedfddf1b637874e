export { isMailer, sendsForOthers } from '@sluice/judgement/hosts';
