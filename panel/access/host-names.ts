import { isIP } from 'node:net';

/** By what browsers reach the panel. */
export interface HostNames {
  /** Without these no certificate is good enough. */
  needed: readonly string[];
  /** These too, as they are when it is made: addresses come and go. */
  further: readonly string[];
}

/** What a machine and its configuration say of its names. */
export interface HostFacts {
  /** Address that the panel listens on, and what the site calls it. */
  host: string;
  names: readonly string[];
  hostname: string;
  addresses: readonly string[];
}

const everyAddress = ['0.0.0.0', '::'];

/** The names for the device's certificate. */
export function hostNamesOf({ host, names, hostname, addresses }: HostFacts): HostNames {
  const own = hostname.toLowerCase();
  const needed = [own, ...names.map((name) => name.toLowerCase()), host.toLowerCase()];
  const further = [`${own}.local`, 'localhost', '127.0.0.1', '::1', ...addresses];
  return {
    needed: needed.filter((name) => isName(name) && !everyAddress.includes(name)),
    further: further.filter(isName),
  };
}

/** What a certificate can bear: an address, or a name of letters, digits and dashes. */
function isName(name: string): boolean {
  if (name.includes('%')) return false;
  return isIP(name) > 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name);
}
