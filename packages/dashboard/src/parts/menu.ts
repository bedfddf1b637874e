export const MENU_ITEM =
  'flex cursor-pointer items-center gap-2 rounded px-2.5 py-1.5 text-sm outline-none data-focused:bg-accent-soft data-selected:font-semibold data-selected:text-accent';
