import { intentsOf } from '@sluice/judgement';
import type { FactCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';
import { PHONE_NUMBER } from './text-call-back.ts';

const MOST_WORDS = 12;
const NUMBER_OR_ADDRESS = new RegExp(`${PHONE_NUMBER}|@`);
const EASES = 60;

/** A note in a company's name that leads nowhere, asks for nothing and is answered to the company itself: nobody can be harmed by reading it. */
export const nothingToFollow: FactCheck = (facts, { words }) => {
  const { fromOwner, replyTo, links, images, attachments, text, subject, fromAddress } = facts;
  const isAnsweredThere = fromOwner === 'brand' && replyTo !== 'other' && replyTo !== 'free-mail';
  const leads = links.length + images.length + attachments.length > 0 || NUMBER_OR_ADDRESS.test(text);
  const isShort = text.split(/\s+/).filter((word) => word !== '').length < MOST_WORDS;
  if (!isAnsweredThere || leads || !isShort || intentsOf(words).length > 0) return [];
  return findingFrom({
    id: 'text.nothing-to-follow',
    severity: 'info',
    weight: 0,
    eases: EASES,
    title: 'There is nothing in the mail to follow',
    explanation:
      'It has no link, no file, no number and asks for nothing; an answer goes to the company whose address it bears.',
    evidence: [quoteOf('from', fromAddress), quoteOf('subject', subject)],
  });
};
