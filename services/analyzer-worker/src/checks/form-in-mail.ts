import type { MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

export const formInMail: MailCheck = ({ mails }) => {
  const forms = mails.flatMap(({ html }) => html?.forms ?? []);
  const asking = forms.filter((form) => form.asksPassword);
  const posting = forms.filter((form) => /^\s{0,20}https?:/i.test(form.action ?? ''));
  if (asking.length > 0) {
    return findingFrom({
      id: 'form.asks-password',
      severity: 'high',
      weight: 60,
      category: 'phishing',
      title: 'The mail itself asks for a password',
      explanation: 'There is a password field inside the mail. No honest service asks for a password in a mail.',
      evidence: asking.map((form) => quoteOf('html', `password field, sent to ${form.action ?? 'nowhere'}`)),
    });
  }
  return findingFrom({
    id: 'form.posts-out',
    severity: 'low',
    weight: 15,
    title: 'The mail contains a form',
    explanation: 'What is typed into the form inside this mail is sent to a website.',
    evidence: posting.map((form) => quoteOf('html', form.action ?? '')),
  });
};
