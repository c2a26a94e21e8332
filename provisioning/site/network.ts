import { isIP } from 'node:net';
import { z } from 'zod';

const address = z.string().refine((text) => isIP(text) !== 0, 'an IP address');

const withPrefix = z.string().refine((text) => {
  const [ip = '', prefix = ''] = text.split('/');
  return (
    isIP(ip) !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIP(ip) === 4 ? 32 : 128)
  );
}, 'ADDRESS/PREFIX, such as 10.0.0.42/24');

/** How the machine is to stand in the site's network. Without this section nothing of it is touched or asked. */
export const network = z.strictObject({
  /**
   * Who sets it: `networkmanager`, also that of balenaOS where its D-Bus is given to the container; `nobody`: what is to
   * be set is printed, for the hospital or another tool.
   */
  by: z.enum(['networkmanager', 'nobody']).default('nobody'),
  /** The interface of the machine, such as eth0. */
  interface: z.string().regex(/^[A-Za-z0-9._-]{1,15}$/, 'the name of an interface, such as eth0'),
  address: z.union([z.literal('dhcp'), withPrefix]),
  gateway: address.optional(),
  dns: z.array(address).max(4).default([]),
  searchDomains: z
    .array(z.string().regex(/^[A-Za-z0-9.-]{1,253}$/, 'a domain'))
    .max(6)
    .default([]),
  vlan: z.int().min(1).max(4094).optional(),
});

export type Network = z.infer<typeof network>;

/** The interface that bears the address: the VLAN's own where there is one. */
export function bearerOf({ interface: name, vlan }: Network): string {
  return vlan === undefined ? name : `${name}.${vlan}`;
}
