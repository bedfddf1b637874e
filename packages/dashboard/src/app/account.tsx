import { CircleUser, Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Header } from 'react-aria-components/Header';
import { Menu, MenuItem, MenuSection, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { signOut } from '../data/client.ts';
import { MENU_ITEM } from '../parts/menu.ts';
import { useSession } from './session.tsx';
import { applyTheme, storedTheme, THEMES, type Theme } from './theme.ts';

const ICONS = { system: Monitor, light: Sun, dark: Moon } as const;
const NAMES = { system: 'As the system', light: 'Light', dark: 'Dark' } as const;

/** Who is signed in, how the page looks, and the way out. */
export function Account() {
  const { tenant, role, name, isOperator } = useSession();
  const [theme, setTheme] = useState<Theme>(storedTheme);
  const choose = (next: Theme) => {
    applyTheme(next);
    setTheme(next);
  };
  return (
    <MenuTrigger>
      <Button className="flex min-h-9 cursor-pointer items-center gap-2 rounded-lg px-2.5 text-sm text-muted hover:bg-sunken hover:text-text">
        <CircleUser size={18} aria-hidden />
        {!isOperator && <span className="max-w-40 truncate">{tenant}</span>}
        <span className="sr-only">account and theme</span>
      </Button>
      <Popover placement="bottom end" className="w-64 rounded-xl border border-edge bg-surface p-1.5 shadow-xl">
        <div className="border-b border-line px-2.5 pt-1 pb-2 text-sm">
          <p className="font-semibold [overflow-wrap:anywhere]">{name}</p>
          <p className="text-muted">
            {isOperator ? 'operator' : role} of {tenant}
          </p>
        </div>
        <Menu aria-label="Account and theme" className="outline-none">
          <MenuSection selectionMode="single" selectedKeys={[theme]} disallowEmptySelection className="py-1">
            <Header className="px-2.5 py-1 text-xs text-muted">Look</Header>
            {THEMES.map((each) => {
              const Icon = ICONS[each];
              return (
                <MenuItem
                  key={each}
                  id={each}
                  onAction={() => choose(each)}
                  textValue={NAMES[each]}
                  className={MENU_ITEM}
                >
                  <Icon size={15} aria-hidden />
                  {NAMES[each]}
                </MenuItem>
              );
            })}
          </MenuSection>
          <MenuItem onAction={() => void signOut()} className={MENU_ITEM}>
            Sign out
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
