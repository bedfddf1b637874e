/** How all charts look. */
export const AXIS = { tick: { fontSize: 11, fill: 'var(--muted)' }, stroke: 'var(--line)' };
export const GRID = { stroke: 'var(--line)', vertical: false };
export const TOOLTIP = {
  contentStyle: {
    background: 'var(--surface)',
    border: '1px solid var(--edge)',
    borderRadius: 8,
    fontSize: 12,
  },
};
