import { expect, test } from '@jest/globals';
import { precedentsIn } from './precedents.ts';

const JOB = '6f8ee39f-9e04-81d9-b192-e1816045fdeb';

test('what analysts said of mails with the same evidence is found with its job; other findings say nothing of it', () => {
  const judged = { where: 'judged', quote: `2026-11-02, job ${JOB}` };
  const evidence = [
    { where: 'sender', quote: 'ann@garden.example' },
    judged,
    { where: 'sender domain', quote: 'garden.example' },
    judged,
    { where: 'text', quote: 'lost its place' },
    { where: 'link', quote: 'garden.example' },
    { where: 'judged', quote: '2026-11-02, job ../../admin' },
  ];
  expect(precedentsIn([{ id: 'feedback.malicious', evidence }])).toEqual([
    {
      verdict: 'malicious',
      day: '2026-11-02',
      jobId: JOB,
      same: [
        { kind: 'sender', value: 'ann@garden.example' },
        { kind: 'sender domain', value: 'garden.example' },
      ],
    },
  ]);
  expect(
    precedentsIn([
      { id: 'operator.rule.feedback', evidence },
      { id: 'feedback.unheard', evidence },
    ]),
  ).toEqual([]);
});
