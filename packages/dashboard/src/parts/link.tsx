import {
  Link as RouterLink,
  type LinkProps,
  NavLink as RouterNavLink,
  type NavLinkProps,
  useSearchParams,
} from 'react-router';

type To<Props> = Omit<Props, 'to'> & {
  to: string;
  /** Whose page is meant, where it is not that of this one. */
  tenant?: string | undefined;
};

/** Makes paths that stay with the tenant whose page this is. */
export function usePath(): (to: string, tenant?: string) => string {
  const here = useSearchParams()[0].get('tenant') ?? undefined;
  return (to, tenant = here) => {
    if (tenant === undefined) return to;
    return `${to}${to.includes('?') ? '&' : '?'}tenant=${encodeURIComponent(tenant)}`;
  };
}

export function Link({ to, tenant, ...rest }: To<LinkProps>) {
  return <RouterLink {...rest} to={usePath()(to, tenant)} />;
}

export function NavLink({ to, tenant, ...rest }: To<NavLinkProps>) {
  return <RouterNavLink {...rest} to={usePath()(to, tenant)} />;
}
