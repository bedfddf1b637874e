import { TabLinks } from '../../parts/tabs.tsx';

const TABS = [
  { to: '/jobs', label: 'All jobs' },
  { to: '/batches', label: 'Batches' },
];

export function ListTabs() {
  return <TabLinks label="Lists" tabs={TABS} />;
}
