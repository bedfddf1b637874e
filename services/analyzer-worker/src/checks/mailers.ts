export { isMailer } from '@sluice/judgement/hosts';
