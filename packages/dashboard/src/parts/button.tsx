import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps } from 'react-aria-components/Button';
import { Link } from './link.tsx';

type Look = 'primary' | 'plain' | 'danger' | 'quiet';

const BASE =
  'inline-flex min-h-9 cursor-pointer items-center justify-center gap-2 rounded-lg px-3.5 py-1.5 text-sm font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-progress aria-disabled:opacity-55';
const LOOKS: Readonly<Record<Look, string>> = {
  primary: 'bg-accent text-on-accent hover:opacity-90',
  plain: 'border border-edge bg-surface text-text hover:bg-sunken',
  danger: 'border border-bad bg-surface text-bad hover:bg-bad-soft',
  quiet: 'text-muted hover:bg-sunken hover:text-text',
};

export const looksLike = (look: Look): string => `${BASE} ${LOOKS[look]}`;

interface Props extends Omit<ButtonProps, 'className' | 'children'> {
  look?: Look;
  children: ReactNode;
}

/**
 * While it is pending (`isPending`) it takes no press but keeps the focus, which a disabled one loses: with it Escape would find no dialog to close. Of react-aria's own way of that
 * a note for screen readers stays behind that names a button which may be gone.
 */
export function Button({ look = 'plain', isPending = false, children, type, onPress, ...rest }: Props) {
  const held = isPending ? { 'aria-disabled': true, type: 'button' as const } : { type, onPress };
  return (
    <AriaButton {...rest} {...held} className={looksLike(look)}>
      {children}
    </AriaButton>
  );
}

export function LinkButton({ to, look = 'plain', children }: { to: string; look?: Look; children: ReactNode }) {
  return (
    <Link to={to} className={looksLike(look)}>
      {children}
    </Link>
  );
}
