export { isOneEditApart } from '@sluice/judgement';
