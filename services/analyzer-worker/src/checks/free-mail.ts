export { isFreeMail } from '@sluice/judgement/hosts';
